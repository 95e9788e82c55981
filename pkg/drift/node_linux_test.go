package drift_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/drift"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// machine is a procfs and the state of a containerd that a test makes up.
type machine struct {
	dir   string
	roots drift.Roots
	pids  int
}

// booted is when it started, and start when its processes did.
var (
	booted = time.Unix(1_700_000_000, 0)
	start  = booted.Add(50 * time.Second)
)

func newMachine(tb testing.TB) *machine {
	tb.Helper()
	m := &machine{dir: tb.TempDir()}
	m.roots = drift.Roots{Proc: filepath.Join(m.dir, "proc"), Containerd: []string{filepath.Join(m.dir, "run")}}
	m.write(tb, "proc/stat", fmt.Sprintf("cpu 1 2 3\nbtime %d\n", booted.Unix()))
	m.process(tb, "/init", "1", 0)
	if err := os.Symlink("1", filepath.Join(m.roots.Proc, "self")); err != nil {
		tb.Fatal(err)
	}
	return m
}

// container adds one of ctr with a process, and returns that one's pid.
func (m *machine) container(tb testing.TB, id string, filter *specs.LinuxSeccomp, filters ...int) int {
	tb.Helper()
	config, err := json.Marshal(map[string]any{"ociVersion": "1.2.0", "linux": map[string]any{"seccomp": filter}})
	if err != nil {
		tb.Fatal(err)
	}
	pid := m.process(tb, "/pods/"+id, id, filters...)
	bundle := "run/io.containerd.runtime.v2.task/default/" + id + "/"
	m.write(tb, bundle+"config.json", string(config))
	m.write(tb, bundle+"init.pid", strconv.Itoa(pid))
	return pid
}

// process adds a process, with a thread for each number of filters.
func (m *machine) process(tb testing.TB, group, namespace string, filters ...int) int {
	tb.Helper()
	m.pids++
	pid := m.pids
	dir := fmt.Sprintf("proc/%d/", pid)
	m.write(tb, dir+"stat", fmt.Sprintf("%d (a) b) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 %d 0\n", pid, start.Sub(booted)/(10*time.Millisecond)))
	m.write(tb, dir+"cgroup", "5:memory:"+group+"\n0::/\n")
	for i, n := range filters {
		m.write(tb, fmt.Sprintf("%stask/%d/status", dir, pid+10_000*i), fmt.Sprintf("State:\tS (sleeping)\nSeccomp:\t%d\nSeccomp_filters:\t%d\n", 2*min(n, 1), n))
	}
	if err := os.MkdirAll(filepath.Join(m.dir, dir, "ns"), 0o755); err != nil {
		tb.Fatal(err)
	}
	for _, kind := range []string{"pid", "mnt"} {
		if err := os.Symlink(kind+":["+namespace+"]", filepath.Join(m.dir, dir, "ns", kind)); err != nil {
			tb.Fatal(err)
		}
	}
	return pid
}

func (m *machine) write(tb testing.TB, name, text string) {
	tb.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// policy builds a policy as of a time.
func (m *machine) policy(tb testing.TB, at time.Time, rest string) *snapshot.Snapshot {
	tb.Helper()
	return m.policyFor(tb, host.Assume("amd64"), at, rest)
}

// policyFor builds a policy for a machine.
func (m *machine) policyFor(tb testing.TB, facts host.Facts, at time.Time, rest string) *snapshot.Snapshot {
	tb.Helper()
	m.write(tb, "policy.yaml", "apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\ndoors: [nri, runtime]\n"+rest)
	src, err := build.Read(filepath.Join(m.dir, "policy.yaml"), []string{m.dir})
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	snap, _, err := src.Build(build.Node{Facts: facts, Now: at})
	if err != nil {
		tb.Fatal(err)
	}
	return snap
}

func engineOf(tb testing.TB, snap *snapshot.Snapshot, at time.Time) *enforce.Engine {
	tb.Helper()
	engine, err := enforce.New(snap, func() time.Time { return at })
	if err != nil {
		tb.Fatal(err)
	}
	return engine
}
