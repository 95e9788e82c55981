package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/drift"
)

// TestAuditDisturbsNobody holds a container whose threads wait in calls that a stop interrupts against the policy as often as
// the daemon does in two hours, and reads filters as the daemon does: those of a container beside it. None is interrupted; the
// control is that asking the kernel does interrupt one. It is not parallel: others ask the kernel about every container there is.
func TestAuditDisturbsNobody(t *testing.T) {
	d := newDriftNode(t, policyText("enforce", firstFloor+keepAll))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.run(t, d.door, "blocked", "blocked")
	waiting(t, "blocked", d.pid(t, "blocked"), 3)
	d.run(t, d.door, "beside", "pause")
	d.readBy(t, "beside") // the daemon itself does
	n := d.reader(t)
	for range 120 {
		r, err := n.Audit(t.Context(), drift.Query{Containers: []string{"blocked"}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Counts[drift.Enforced] != 1 || r.Stopped != 0 {
			t.Fatalf("the container is not enforced, or was stopped: %+v", r)
		}
	}
	if n := d.readTimes(t, "blocked"); n > 0 {
		t.Errorf("the daemon has stopped it %d times", n)
	}
	if said := d.said(t, "blocked"); said != "" {
		t.Errorf("after periodic audits: %s", said)
	}
	verdicts(t, "control", d.drift(t, "--kernel", "blocked"), map[string]string{"blocked": "enforced"})
	for end := time.Now().Add(settle); !strings.Contains(d.said(t, "blocked"), "interrupted"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("control: nothing was interrupted by --kernel, so this test shows nothing")
		}
	}
}

// waiting waits until a process has so many threads that wait in the kernel.
func waiting(t *testing.T, id string, pid, threads int) {
	t.Helper()
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
		if err != nil {
			t.Fatal(err)
		}
		waiting := 0
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil && !strings.HasPrefix(string(text), "running") {
				waiting++
			}
		}
		if waiting >= threads {
			return
		}
	}
	t.Fatalf("not %d threads of %s wait", threads, id)
}

// TestKernelAuditIsBounded asks the kernel about processes with many threads, about one that cannot be stopped, and about one
// that somebody else traces.
func TestKernelAuditIsBounded(t *testing.T) {
	t.Parallel()
	d := newDriftNode(t, policyText("enforce", firstFloor+keepAll))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, word := range map[string]string{"many": "threads", "stuck": "vfork", "traced": "pause"} {
		d.run(t, d.door, id, word)
	}
	release := trace(t, d.pid(t, "traced"))
	var r drift.Report
	got := map[string]drift.Container{}
	patiently(t, func() (reasons []string) {
		r = drift.Report{}
		d.ask(t, &r, "drift", "--kernel", "many", "stuck", "traced", "--decisions", d.daemon.Options.Decisions)
		for _, c := range r.Containers {
			if got[c.ID] = c; c.ID != "stuck" {
				reasons = append(reasons, c.Reason)
			}
		}
		return reasons
	})
	verdicts(t, "kernel", got, map[string]string{
		"many": "enforced", "stuck": "unknown: fetch filters of", "traced": "unknown: fetch filters of",
	})
	for id, why := range map[string]string{"stuck": "it did not stop within 10ms", "traced": "traces it already"} {
		if !strings.Contains(got[id].Reason, why) {
			t.Errorf("%s: %q, want %q", id, got[id].Reason, why)
		}
	}
	if h := got["many"].Held; len(h) != 1 || h[0].Threads != 200 {
		t.Errorf("a process of 200 threads: held %+v", h)
	}
	if r.Stopped > 4 { // one of each process, and "stuck" has two
		t.Errorf("%d threads were stopped", r.Stopped)
	}
	verdicts(t, "without the kernel", d.drift(t), map[string]string{"many": "enforced", "stuck": "enforced", "traced": "enforced"})
	release()
	verdicts(t, "let go", d.drift(t, "--kernel", "traced"), map[string]string{"traced": "enforced"})
}

// trace traces a process until the function that it returns is called.
func trace(t *testing.T, pid int) (release func()) {
	t.Helper()
	seized, end, ended := make(chan error), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // never unlocked: the kernel lets go when the thread ends
		err := unix.PtraceSeize(pid)
		for end := time.Now().Add(settle); err != nil && time.Now().Before(end); time.Sleep(time.Millisecond) {
			err = unix.PtraceSeize(pid) // a daemon may be reading its filters
		}
		seized <- err
		if err == nil {
			<-end
		}
	}()
	if err := <-seized; err != nil {
		t.Fatal(err)
	}
	return func() {
		close(end)
		<-ended
	}
}

// TestDriftMetrics lets the daemon find a container that came in by no door.
func TestDriftMetrics(t *testing.T) {
	t.Parallel()
	d := newDriftNode(t, policyText("enforce", firstFloor+keepAll))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.run(t, d.door, "well", "pause")
	d.run(t, built(t, "runc"), "past", "pause")
	text := ""
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		log, err := os.ReadFile(d.daemon.LogFile())
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(log)) {
			if strings.Contains(line, "container_id=past") && strings.Contains(line, "verdict=unfiltered") {
				text = line
			}
			if strings.Contains(line, "container_id=well") && strings.Contains(line, "verdict=") {
				t.Errorf("the daemon says of a container that is well: %s", line)
			}
		}
		if text != "" {
			break
		}
	}
	if text == "" {
		t.Fatal("the daemon does not say that a container has no filter")
	}
	metrics := scrape(t, d.daemon)
	for _, want := range []string{`seccompd_drift_containers{verdict="unfiltered"} `, "seccompd_drift_last_audit_timestamp_seconds ", `seccompd_drift_audits_total{result="done"} `} {
		if i := strings.Index(metrics, want); i < 0 || strings.HasPrefix(metrics[i+len(want):], "0\n") {
			t.Errorf("the metrics do not have %s above 0:\n%s", want, metrics)
		}
	}
}
