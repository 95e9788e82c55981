package drift_test

import (
	"path/filepath"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/drift"
)

// A policy that leaves containers their own filter decides on a filter that no log has. Where somebody changes it afterwards, what
// was decided is known as far as another container has it, and a container that lost all of it is found in any case.
func TestOwnFilterChanged(t *testing.T) {
	m := newMachine(t)
	snap := m.policy(t, start.Add(-time.Hour), "normalise: false\ndefault: {action: keep}\n")
	log := filepath.Join(m.dir, "decisions.jsonl")
	add := func(id string, own, has *specs.LinuxSeccomp, filters ...int) {
		t.Helper()
		_, r := decided(t, snap, id, own, start)
		line, err := audit.Line(r)
		if err == nil {
			err = audit.Append(log, line)
		}
		if err != nil {
			t.Fatal(err)
		}
		m.container(t, id, has, filters...)
	}
	own, alone := denying("mincore", "syncfs"), denying("mincore", "vhangup")
	add("well", own, own, 1)
	add("loosened", own, denying("syncfs"), 1)
	add("tightened", own, denying("mincore", "syncfs", "vhangup"), 1)
	add("not-to-be-known", alone, denying("mincore"), 1)
	add("taken-away", alone, nil, 0)
	add("not-loaded", own, own, 0)
	add("never-had-one", nil, nil, 0)
	r, err := drift.New(drift.Settings{Roots: m.roots, Decisions: log, Engine: engineOf(t, snap, start), Snapshot: snap}).Audit(t.Context(), drift.Query{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"well": "enforced", "tightened": "enforced", "never-had-one": "enforced",
		"loosened":        "weaker: its configuration has another filter than was decided",
		"not-to-be-known": "unknown: its configuration has another filter than was decided, and that one is not on record",
		"taken-away":      "unfiltered: it has no filter, and its configuration has none",
		"not-loaded":      "unfiltered: it has no filter, and its configuration has one",
	}
	for _, c := range r.Containers {
		got := string(c.Verdict)
		if c.Reason != "" {
			got += ": " + c.Reason
		}
		if got != want[c.ID] {
			t.Errorf("%s: %q, want %q (%v)", c.ID, got, want[c.ID], c.Calls)
		}
		if c.ID == "loosened" && (len(c.Calls) != 1 || c.Calls[0].Name != "mincore") {
			t.Errorf("the calls that were opened: %v, want mincore", c.Calls)
		}
		delete(want, c.ID)
	}
	for id := range want {
		t.Errorf("%s was not found", id)
	}
}
