package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/containerd/containerd/v2/contrib/seccomp"
	"github.com/containerd/containerd/v2/core/containers"
	"github.com/containerd/containerd/v2/pkg/oci"
	moby "github.com/moby/profiles/seccomp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// sets are the capability sets that the defaults are held equal for: none, all, every single one, and 200 random ones.
func sets() []workload.Capabilities {
	out := []workload.Capabilities{0, workload.AllCapabilities, workload.DefaultCapabilities}
	for _, name := range workload.CapabilityNames() {
		set, _ := workload.CapabilityNamed(name)
		out = append(out, set)
	}
	random := rand.New(rand.NewPCG(2026, 11))
	for range 200 {
		out = append(out, workload.Capabilities(random.Uint64())&workload.AllCapabilities)
	}
	return out
}

func spec(set workload.Capabilities) *specs.Spec {
	return &specs.Spec{Linux: &specs.Linux{}, Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: set.Names()}}}
}

// here are the facts of this machine that the defaults depend on.
func here(t *testing.T) host.Facts {
	t.Helper()
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		t.Fatal(err)
	}
	var v host.Version
	if _, err := fmt.Sscanf(unix.ByteSliceToString(uts.Release[:]), "%d.%d", &v.Major, &v.Minor); err != nil {
		t.Fatal(err)
	}
	native, _ := syscalls.Native(runtime.GOARCH)
	return host.Facts{GOARCH: runtime.GOARCH, Native: native, Kernel: v}
}

func resolved(t *testing.T, engine workload.Engine, facts host.Facts, set workload.Capabilities) *specs.LinuxSeccomp {
	t.Helper()
	f, err := profile.RuntimeDefault(engine).Resolve(profile.Target{Facts: facts, Capabilities: set})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func equal(t *testing.T, what string, got, want *specs.LinuxSeccomp) {
	t.Helper()
	if profile.Digest(got) != profile.Digest(want) {
		t.Errorf("%s: ours\n%+v\nthe module's\n%+v", what, profile.Canonical(got), profile.Canonical(want))
	}
}

func TestContainerdEqualsModule(t *testing.T) {
	facts := here(t)
	for _, set := range sets() {
		s := spec(set)
		if err := seccomp.WithDefaultProfile()(context.Background(), (oci.Client)(nil), &containers.Container{}, s); err != nil {
			t.Fatal(err)
		}
		equal(t, set.String(), resolved(t, workload.EngineKubernetes, facts, set), s.Linux.Seccomp)
	}
}

func TestDockerEqualsModule(t *testing.T) {
	facts := here(t)
	for _, set := range sets() {
		want, err := moby.GetDefaultProfile(spec(set))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, set.String(), resolved(t, workload.EngineDocker, facts, set), want)
	}
}

// The module's code cannot run for another architecture or kernel than this one, but its source can.
func TestContainerdEqualsItsSourceElsewhere(t *testing.T) {
	var machines []machine
	var capabilities []workload.Capabilities
	for _, arch := range goarches {
		for _, kernel := range [][2]uint64{{4, 7}, {4, 8}, {6, 18}} {
			for i, set := range sets() {
				if i > 50 && (kernel[0] < 6 || i > 90) {
					break
				}
				machines = append(machines, machine{GOARCH: arch, Kernel: kernel[0], Major: kernel[1], Bounding: set.Names()})
				capabilities = append(capabilities, set)
			}
		}
	}
	results, err := evaluate(machines)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range machines {
		native, _ := syscalls.Native(m.GOARCH)
		facts := host.Facts{GOARCH: m.GOARCH, Native: native, Kernel: host.Version{Major: int(m.Kernel), Minor: int(m.Major)}}
		equal(t, fmt.Sprint(m), resolved(t, workload.EngineContainerd, facts, capabilities[i]), results[i].Filter)
	}
}

func TestGeneratedFilesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"containerd.json", "docker.json"} {
		got, err := os.ReadFile(filepath.Join("../../defaults", name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is not what 'go generate ./pkg/profile' writes", name)
		}
	}
}
