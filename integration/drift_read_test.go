package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/drift"
)

const deceived = "the kernel holds a weaker filter than its configuration has"

// TestReadBeforeStart has the daemon find, between create and start, that a runtime has loaded another filter than it was told.
// The container then starts, and is not stopped again.
func TestReadBeforeStart(t *testing.T) {
	d := newDriftNode(t, strings.Replace(policyText("enforce", firstFloor+keepAll), "[nri]", "[nri, runtime]", 1))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	runtimes := map[string]string{"created": d.doorTo(t, d.deceiving(t)), "honest": d.door}
	for id, runtime := range runtimes {
		d.create(t, runtime, id)
	}
	line := d.told(t, "created", drift.Weaker)
	if !strings.Contains(line, deceived) {
		t.Errorf("the daemon says: %s", line)
	}
	for id := range runtimes {
		d.readBy(t, id)
		if state := d.state(t, id); state != "created" || strings.Contains(d.said(t, id), "ready") {
			t.Errorf("%s is %s, and said %q", id, state, d.said(t, id))
		}
	}
	want := map[string]string{"created": "weaker: " + deceived, "honest": "enforced"}
	got := d.drift(t)
	verdicts(t, "before the start", got, want)
	if calls := got["created"].Calls; len(calls) == 0 || calls[0].Name != "mincore" {
		t.Errorf("the calls of the container: %v, want mincore", calls)
	}
	for id, runtime := range runtimes {
		d.oci(t, runtime, "start", id)
		for end := time.Now().Add(settle); !strings.Contains(d.said(t, id), "ready"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s does not start: %q", id, d.said(t, id))
			}
		}
	}
	d.looks(t, 3)
	got = d.drift(t)
	verdicts(t, "after the start", got, want)
	for id := range runtimes {
		if c := got[id]; c.Basis != drift.ByKernel {
			t.Errorf("%s: by %s, want by kernel", id, c.Basis)
		}
		if n := d.readTimes(t, id); n != 1 {
			t.Errorf("%s was stopped %d times, want once, before its start", id, n)
		}
	}
}

// TestReadOnce reads containers that wait in calls that are taken up again: each process once, however often it is looked at, and
// however many threads it has. What is in a call that a stop interrupts is not stopped. The control is --kernel.
func TestReadOnce(t *testing.T) {
	d := newDriftNode(t, strings.Replace(policyText("enforce", firstFloor+keepAll), "[nri]", "[nri, runtime]", 1))
	d.daemon.Options.Args = append(d.daemon.Options.Args, "--drift-interval", "0")
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids := []string{"well", "deceived", "many", "own", "blocked"}
	d.run(t, d.door, "well", "pause")
	d.run(t, d.doorTo(t, d.deceiving(t)), "deceived", "pause")
	d.run(t, d.door, "many", "threads")
	d.run(t, d.door, "own", "own")
	d.run(t, d.door, "blocked", "blocked")
	waiting(t, "blocked", d.pid(t, "blocked"), 3)
	verdicts(t, "before it is read", d.drift(t), map[string]string{"well": "enforced", "deceived": "enforced", "many": "enforced", "own": "enforced", "blocked": "enforced"})

	n := d.reader(t)
	before, read, failed := map[string]int{}, 0, 0
	for _, id := range ids {
		before[id] = switchesOf(t, d.pid(t, id))
	}
	got := map[string]drift.Container{}
	for round := range 100 {
		if round >= 20 && read >= 4 {
			break
		}
		if round > 0 && round%20 == 0 {
			n = d.reader(t) // it has given up one that did not stop in time three times
		}
		r, err := n.Audit(t.Context(), drift.Query{Containers: ids})
		if err != nil {
			t.Fatal(err)
		}
		list, off := n.Readings()
		if off != "" || r.Stopped != len(list) {
			t.Fatalf("%q: %+v, and %d stopped", off, list, r.Stopped)
		}
		for _, one := range list {
			switch {
			case one.Err != nil:
				t.Logf("on a busy machine: %+v", one)
				failed++
			case one.Moved || one.Container == "blocked":
				t.Errorf("%+v", one)
			default:
				read++
			}
		}
		for _, c := range r.Containers {
			got[c.ID] = c
		}
	}
	if read != 4 {
		t.Errorf("%d threads were read, want 4", read)
	}
	want := map[string]string{"well": "enforced", "deceived": "weaker: " + deceived, "many": "enforced", "own": "enforced", "blocked": "enforced"}
	verdicts(t, "as the daemon does", got, want)
	verdicts(t, "seccompctl", d.drift(t), want)
	for _, id := range ids {
		// A stop, and the call that is taken up again; none of a container that is not stopped.
		basis, most := drift.ByKernel, 2*(1+failed)
		if id == "blocked" {
			basis, most = drift.BySpec, 0
		}
		if more := switchesOf(t, d.pid(t, id)) - before[id]; more > most {
			t.Errorf("%s was given up %d times, want at most %d", id, more, most)
		}
		if got[id].Basis != basis {
			t.Errorf("%s: by %s, want by %s", id, got[id].Basis, basis)
		}
	}
	if said := d.said(t, "blocked"); said != "" {
		t.Errorf("after the audits: %s", said)
	}

	again := d.reader(t)
	r, err := again.Audit(t.Context(), drift.Query{Containers: ids})
	if err != nil {
		t.Fatal(err)
	}
	if r.Stopped != 0 || r.Read < 4 {
		t.Errorf("a daemon that starts again stops %d, and knows %d", r.Stopped, r.Read)
	}
	if list := d.drift(t, append([]string{"--kernel"}, ids...)...); list["deceived"].Verdict != drift.Weaker {
		t.Errorf("--kernel: %+v", list["deceived"])
	}
	for end := time.Now().Add(settle); !strings.Contains(d.said(t, "blocked"), "interrupted"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("control: nothing was interrupted by --kernel, so this test shows nothing")
		}
	}
}

// TestReadNothingWithoutLeave runs a daemon that may not read filters. It says so once, and goes by configurations.
func TestReadNothingWithoutLeave(t *testing.T) {
	t.Parallel()
	d := newDriftNode(t, strings.Replace(policyText("enforce", firstFloor+keepAll), "[nri]", "[nri, runtime]", 1))
	d.daemon.Options.Binary = script(t, filepath.Join(d.Dir(), "unable"), fmt.Sprintf("exec setpriv --bounding-set -sys_admin %s \"$@\"\n", built(t, "seccompd")))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.run(t, d.door, "well", "pause")
	d.run(t, d.doorTo(t, d.deceiving(t)), "deceived", "pause")
	d.looks(t, 4)
	got := d.drift(t)
	verdicts(t, "by configurations", got, map[string]string{"well": "enforced", "deceived": "enforced"})
	if got["well"].Basis != drift.BySpec {
		t.Errorf("by %s, want by spec", got["well"].Basis)
	}
	log, err := os.ReadFile(d.daemon.LogFile())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), "the reader has no CAP_SYS_ADMIN"); n != 1 {
		t.Errorf("it says %d times that it cannot read filters:\n%s", n, log)
	}
	if metrics := scrape(t, d.daemon); !strings.Contains(metrics, `seccompd_drift_filters_read_total{result="read"} 0`) {
		t.Errorf("something was read:\n%s", metrics)
	}
}
