package drift_test

import (
	"fmt"
	"testing"

	"github.com/seccompd/seccompd/pkg/drift"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// BenchmarkAudit looks at 100 healthy containers of ten processes each, beside 500 other processes, for the first time and again.
func BenchmarkAudit(b *testing.B) {
	m := newMachine(b)
	snap := m.policy(b, start, "floor: {deny: [mincore, \"pack:af-alg\"]}\ndefault: {action: keep}\n")
	engine := engineOf(b, snap, start)
	own, err := profile.RuntimeDefault(workload.EngineContainerd).Resolve(profile.Target{Facts: snap.Facts, Capabilities: workload.DefaultCapabilities})
	if err != nil {
		b.Fatal(err)
	}
	w := &workload.Workload{Engine: workload.Known(workload.EngineContainerd), Requested: workload.AnyRequest, Kinds: workload.KindContainer}
	out, err := engine.Enforce(enforce.Request{Workload: w, Current: enforce.Current{State: enforce.CurrentFilter, Filter: own}})
	if err != nil {
		b.Fatal(err)
	}
	for range 500 {
		m.process(b, "/system", "1", 0)
	}
	for i := range 100 {
		id := fmt.Sprintf("%064x", i)
		m.container(b, id, out.Effective, 1)
		for range 9 {
			m.process(b, "/pods/"+id, id, 1)
		}
	}
	settings := drift.Settings{Roots: m.roots, Engine: engine, Snapshot: snap}
	healthy := func(b *testing.B, n *drift.Node) {
		r, err := n.Audit(b.Context(), drift.Query{})
		if err != nil {
			b.Fatal(err)
		}
		if r.Counts[drift.Enforced] != 100 || len(r.Containers) != 100 || r.Stopped != 0 {
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
