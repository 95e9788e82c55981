package main

import (
	"os"
	"testing"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// keeperOf starts a machine's keeper alone: nothing follows the files but what the test calls.
func (m *machine) keeperOf() *daemon {
	d := newDaemon(m.t.Context(), m.set, host.Assume("amd64"))
	d.keeper.Start(m.t.Context())
	return d
}

// Damage to the newest snapshot must not take a running node back to the policy before: it holds the newest in memory.
func TestDamagedStoreLeavesThePolicyInForce(t *testing.T) {
	m := newMachine(t)
	m.policy(keepAll)
	d := m.keeperOf()
	m.policy(refuseAll)
	d.keeper.SourceChanged(t.Context())
	m.write("state/000002.snapshot", "damaged")
	d.keeper.StoreChanged(t.Context())
	d.keeper.SourceChanged(t.Context())
	if got := inForce(d); got != "enforce refuse" {
		t.Errorf("in force: %s; want the policy that was", got)
	}
	if d.report().InForce.Error == "" {
		t.Error("the status does not say that the store is damaged")
	}
	m.apply(auditAll)
	d.keeper.StoreChanged(t.Context())
	if s := d.report().InForce; inForce(d) != "audit keep" || s.Error != "" {
		t.Errorf("in force: %s, %+v; want what was applied since", inForce(d), s)
	}
}

// A disk that takes no snapshot is complained of once, and the source is tried again until it does.
func TestPolicyThatCannotBeStoredIsTriedAgain(t *testing.T) {
	m := newMachine(t)
	m.policy(keepAll)
	d := m.keeperOf()
	if err := os.Rename(m.set.stateDir, m.path("moved")); err != nil {
		t.Fatal(err)
	}
	m.write("state", "not a directory")
	m.policy(refuseAll)
	for range 3 {
		d.keeper.SourceChanged(t.Context())
	}
	if _, _, _, failed := d.keeper.report(); failed != 1 || inForce(d) != "enforce keep" {
		t.Errorf("%d failures are counted, in force: %s", failed, inForce(d))
	}
	if err := os.Remove(m.set.stateDir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(m.path("moved"), m.set.stateDir); err != nil {
		t.Fatal(err)
	}
	d.keeper.SourceChanged(t.Context())
	if got := inForce(d); got != "enforce refuse" {
		t.Errorf("in force: %s; want the source, which can be stored again", got)
	}
}

// What is applied or rolled back while the daemon compiles the source is not undone by it, nor put in force once more: it has compiled
// for a policy that was in force then.
func TestOvertakenWhileCompiling(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(t *testing.T, m *machine)
		want      string // in force in the end
		kept      int
	}{
		"the same is applied":    {func(_ *testing.T, m *machine) { m.applyFrom(m.set.policy, auditAll) }, "audit keep", 3},
		"another one is applied": {func(_ *testing.T, m *machine) { m.apply("mode: audit\ndefault: {action: refuse}\n") }, "audit keep", 3},
		"it is rolled back": {func(t *testing.T, m *machine) {
			if _, err := snapshot.Open(m.set.stateDir).Rollback(); err != nil {
				t.Fatal(err)
			}
		}, "audit keep", 2},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.apply(keepAll)
			m.policy(refuseAll)
			d := m.keeperOf()
			m.policy(auditAll)
			k := d.keeper
			k.useStore(t.Context())
			c.meanwhile(t, m)
			before, err := snapshot.Open(m.set.stateDir).Current()
			if err != nil {
				t.Fatal(err)
			}
			if k.useSource(t.Context()) {
				t.Error("it was put in force over what it does not know of")
			}
			if now, err := snapshot.Open(m.set.stateDir).Current(); err != nil || now.Digest != before.Digest {
				t.Errorf("the store holds %s, %v; want %s", now.Digest, err, before.Digest)
			}
			k.SourceChanged(t.Context())
			kept, err := snapshot.Open(m.set.stateDir).List()
			if got := inForce(d); got != c.want || err != nil || len(kept) != c.kept {
				t.Errorf("in force: %s, %d kept, %v; want %s and %d", got, len(kept), err, c.want, c.kept)
			}
		})
	}
}
