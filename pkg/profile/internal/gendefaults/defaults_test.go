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

// The modules' code cannot run for another architecture or kernel than this one, and only the newest is linked here, but
// every version's source can.
func TestEveryVersionEqualsItsSource(t *testing.T) {
	current, _, err := newest()
	if err != nil {
		t.Fatal(err)
	}
	list := append([]release{current}, releases...)
	e, err := newEvaluator(list)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.close(); err != nil {
			t.Error(err)
		}
	}()
	for i, r := range list {
		t.Run(r.name, func(t *testing.T) {
			p, ok := profile.RuntimeDefaultVersion(r.name)
			if !ok || p.Name != "runtime-default@"+r.name {
				t.Fatalf("it is not known: %v", p)
			}
			var machines []machine
			var capabilities []workload.Capabilities
			for _, arch := range goarches {
				for _, kernel := range [][2]uint64{{4, 7}, {4, 8}, {6, 18}} {
					most := 44 // none, all, the default ones and each single one
					switch {
					case kernel[0] < 6:
						most = 4
					case i == 0:
						most = 90
					}
					for _, set := range sets()[:most] {
						machines = append(machines, machine{Version: r.name, GOARCH: arch, Kernel: kernel[0], Major: kernel[1], Bounding: set.Names()})
						capabilities = append(capabilities, set)
					}
				}
			}
			results, err := e.run(machines)
			if err != nil {
				t.Fatal(err)
			}
			for i, m := range machines {
				native, _ := syscalls.Native(m.GOARCH)
				facts := host.Facts{GOARCH: m.GOARCH, Native: native, Kernel: host.Version{Major: int(m.Kernel), Minor: int(m.Major)}}
				got, err := p.Resolve(profile.Target{Facts: facts, Capabilities: capabilities[i]})
				if err != nil {
					t.Fatal(err)
				}
				equal(t, fmt.Sprint(m), got, results[i].Filter)
			}
		})
	}
}

func TestGeneratedFilesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"containerd.json", "docker.json", "versions.json"} {
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
