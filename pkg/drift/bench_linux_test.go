package drift_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/drift"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

const floorPolicy = `apiVersion: seccompd/v1
kind: NodePolicy
mode: enforce
doors: [nri, runtime]
floor: {deny: [mincore, "pack:af-alg"]}
default: {action: keep}
`

// nodeOf makes a procfs and the state of a containerd with some containers that have what the policy gives them, each with ten
// processes, beside 500 other processes.
func nodeOf(tb testing.TB, containers int) (drift.Settings, *enforce.Engine) {
	tb.Helper()
	dir := tb.TempDir()
	snap := inForce(tb, dir)
	engine, err := enforce.New(snap, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	own, err := profile.RuntimeDefault(workload.EngineContainerd).Resolve(profile.Target{Facts: snap.Facts, Capabilities: workload.DefaultCapabilities})
	if err != nil {
		tb.Fatal(err)
	}
	w := &workload.Workload{Engine: workload.Known(workload.EngineContainerd), Requested: workload.AnyRequest, Kinds: workload.KindContainer}
	out, err := engine.Enforce(enforce.Request{Workload: w, Current: enforce.Current{State: enforce.CurrentFilter, Filter: own}})
	if err != nil {
		tb.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{"ociVersion": "1.2.0", "linux": map[string]any{"seccomp": out.Effective}})
	if err != nil {
		tb.Fatal(err)
	}
	roots := drift.Roots{Proc: filepath.Join(dir, "proc"), Containerd: []string{filepath.Join(dir, "run")}}
	write(tb, filepath.Join(roots.Proc, "stat"), "btime 1700000000\n")
	process(tb, roots.Proc, 1, 0, "/init", "1", 0)
	if err := os.Symlink("1", filepath.Join(roots.Proc, "self")); err != nil {
		tb.Fatal(err)
	}
	pid := 2
	for range 500 {
		process(tb, roots.Proc, pid, 1, "/system", "1", 0)
		pid++
	}
	for i := range containers {
		id := fmt.Sprintf("%064x", i)
		bundle := filepath.Join(roots.Containerd[0], "io.containerd.runtime.v2.task", "default", id)
		write(tb, filepath.Join(bundle, "config.json"), string(config))
		write(tb, filepath.Join(bundle, "init.pid"), strconv.Itoa(pid))
		for range 10 {
			process(tb, roots.Proc, pid, 1, "/pods/"+id, id, 1)
			pid++
		}
	}
	return drift.Settings{Roots: roots, Engine: engine, Snapshot: snap}, engine
}

func inForce(tb testing.TB, dir string) *snapshot.Snapshot {
	tb.Helper()
	path := filepath.Join(dir, "policy.yaml")
	write(tb, path, floorPolicy)
	src, err := build.Read(path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	snap, _, err := src.Build(build.Node{Facts: host.Assume("amd64"), Now: time.Now()})
	if err != nil {
		tb.Fatal(err)
	}
	return snap
}

func process(tb testing.TB, proc string, pid, parent int, group, namespace string, filters int) {
	tb.Helper()
	dir := filepath.Join(proc, strconv.Itoa(pid))
	mode := min(filters, 1) * 2
	write(tb, filepath.Join(dir, "stat"), fmt.Sprintf("%d (app) S %d 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 5000 0\n", pid, parent))
	write(tb, filepath.Join(dir, "cgroup"), "0::"+group+"\n")
	write(tb, filepath.Join(dir, "task", strconv.Itoa(pid), "status"), fmt.Sprintf("State:\tS (sleeping)\nSeccomp:\t%d\nSeccomp_filters:\t%d\n", mode, filters))
	if err := os.MkdirAll(filepath.Join(dir, "ns"), 0o755); err != nil {
		tb.Fatal(err)
	}
	for _, kind := range []string{"pid", "mnt"} {
		if err := os.Symlink(kind+":["+namespace+"]", filepath.Join(dir, "ns", kind)); err != nil {
			tb.Fatal(err)
		}
	}
}

func write(tb testing.TB, path, text string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkAudit looks at 100 healthy containers of ten processes each, for the first time and again.
func BenchmarkAudit(b *testing.B) {
	settings, _ := nodeOf(b, 100)
	healthy := func(b *testing.B, n *drift.Node) {
		r, err := n.Audit(b.Context(), drift.Query{})
		if err != nil {
			b.Fatal(err)
		}
		if r.Counts[drift.Enforced] != 100 || r.Stopped != 0 {
			b.Fatalf("not all are enforced, or something was stopped: %v, %d", r.Counts, r.Stopped)
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			healthy(b, drift.New(settings))
		}
	})
	b.Run("again", func(b *testing.B) {
		n := drift.New(settings)
		for b.Loop() {
			healthy(b, n)
		}
	})
}
