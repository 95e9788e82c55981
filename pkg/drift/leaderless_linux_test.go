package drift_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/drift"
)

// TestFirstThreadHasEnded: a process whose first thread has ended looks dead, has no namespaces and only some of its control groups
// there, and goes on as long as another thread does. One all of whose threads have ended is gone.
func TestFirstThreadHasEnded(t *testing.T) {
	m := newMachine(t)
	snap := m.policy(t, start, "floor: {deny: [mincore]}\ndefault: {action: keep}\n")
	end := func(pid int, threads ...int) {
		t.Helper()
		dir := fmt.Sprintf("proc/%d", pid)
		path := filepath.Join(m.dir, dir)
		stat, err := os.ReadFile(filepath.Join(path, "stat"))
		if err != nil {
			t.Fatal(err)
		}
		groups, err := os.ReadFile(filepath.Join(path, "cgroup"))
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			m.write(t, fmt.Sprintf("%s/task/%d/status", dir, thread), "State:\tZ (zombie)\nSeccomp:\t0\nSeccomp_filters:\t0\n")
		}
		m.write(t, dir+"/stat", strings.Replace(string(stat), ") S ", ") Z ", 1))
		m.write(t, dir+"/cgroup", "5:memory:/\n0::/\n")
		other := fmt.Sprintf("%s/task/%d", dir, pid+10_000)
		m.write(t, other+"/cgroup", string(groups))
		if err := os.Rename(filepath.Join(path, "ns"), filepath.Join(m.dir, other, "ns")); err != nil {
			t.Fatal(err)
		}
	}
	alive, bare, gone := m.container(t, "alive", denying("mincore"), 1, 1), m.container(t, "bare", nil, 0, 0), m.container(t, "gone", nil, 0, 0)
	m.container(t, "control", nil, 0, 0)
	joined := m.process(t, "/pods/alive", "alive", 0, 0)
	end(alive, alive)
	end(bare, bare)
	end(joined, joined)
	end(gone, gone, gone+10_000)
	// One of which the kernel does not show the control groups hides none of the others.
	odd := fmt.Sprintf("proc/%d/cgroup", m.process(t, "/odd", "odd", 0))
	if err := os.Remove(filepath.Join(m.dir, odd)); err != nil {
		t.Fatal(err)
	}
	m.write(t, odd+"/is-a-directory", "")
	n := drift.New(drift.Settings{Roots: m.roots, Engine: engineOf(t, snap, start), Snapshot: snap})
	r, err := n.Audit(t.Context(), drift.Query{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]drift.Verdict{}
	for _, c := range r.Containers {
		got[c.ID] = c.Verdict
		if c.ID == "alive" && (len(c.Processes) != 1 || c.Processes[0].PID != joined) {
			t.Errorf("of the container that another process joined: %+v, want process %d", c.Processes, joined)
		}
	}
	want := map[string]drift.Verdict{"alive": drift.Unfiltered, "bare": drift.Unfiltered, "control": drift.Unfiltered}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}
