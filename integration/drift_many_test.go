package integration_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/drift"
)

// healthy is how many containers TestDriftOfManyContainers has, half of each kind.
const healthy = 100

// TestDriftOfManyContainers looks at 100 healthy containers, of pods through NRI and of ctr through the runtime door. The threads
// of each wait in calls that a stop interrupts, and say so when that happens: nothing does, but for the control. What the
// command takes is logged; it is under a second where the machine has nothing else to do.
func TestDriftOfManyContainers(t *testing.T) {
	d := newDriftNode(t, strings.Replace(policyText("enforce", firstFloor+keepAll), "[nri]", "[nri, runtime]", 1))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	said := d.blocked(t)
	t.Logf("%d containers after %v", len(said), time.Since(started))

	var took []time.Duration
	for range 3 {
		var r drift.Report
		began := time.Now()
		d.ask(t, &r, "drift", "--decisions", d.daemon.Options.Decisions)
		took = append(took, time.Since(began))
		enforced(t, r, said)
		if r.Kernel || r.Stopped != 0 {
			t.Errorf("asked the kernel: %v, stopped threads: %d, want none", r.Kernel, r.Stopped)
		}
	}
	t.Logf("seccompctl drift over %d containers took %v", len(said), took)
	for id, file := range said {
		if text := read(t, file); strings.Contains(text, "interrupted") {
			t.Errorf("%s was stopped: %s", id, text)
		}
	}

	// The control: those that are asked of the kernel are stopped, each of them.
	var r drift.Report
	patiently(t, func() []string {
		r = drift.Report{}
		d.ask(t, &r, "drift", "--kernel", "--decisions", d.daemon.Options.Decisions)
		return reasons(r)
	})
	enforced(t, r, said)
	if r.Stopped < healthy {
		t.Errorf("control: %d threads were stopped by --kernel, want one of each container", r.Stopped)
	}
	for id, file := range said {
		for end := time.Now().Add(settle); !strings.Contains(read(t, file), "interrupted"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("control: %s was not interrupted by --kernel, so this test shows nothing", id)
			}
		}
	}
}

// blocked starts the containers and returns the files that they write to, by their ids, once all of them wait.
func (d *driftNode) blocked(t *testing.T) map[string]string {
	t.Helper()
	var pods []*node.Pod
	for range 5 {
		pods = append(pods, runPod(t, d.Node, node.PodSpec{}))
	}
	out, pids := map[string]string{}, map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	turns := make(chan struct{}, 4)
	for i := range healthy {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			id, file, pid := d.one(t, i, pods[i%len(pods)])
			mu.Lock()
			defer mu.Unlock()
			out[id], pids[id] = file, pid
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for id, pid := range pids {
		waiting(t, id, pid, 3)
	}
	return out
}

// one starts a container, and returns its id, the file that it writes to, and its first process.
func (d *driftNode) one(t *testing.T, i int, pod *node.Pod) (id, file string, pid int) {
	t.Helper()
	if i%2 == 0 {
		id = fmt.Sprintf("blocked-%d", i)
		d.run(t, d.door, id, "blocked")
		return id, d.output(id), d.pid(t, id)
	}
	spec := node.ContainerSpec{Args: []string{"/drift/drifter", "blocked"}, Mounts: []node.Mount{{Host: d.rootfs, Container: "/drift", ReadOnly: true}}}
	c, err := pod.Run(t.Context(), spec)
	if err == nil {
		pid, err = c.Pid(t.Context())
	}
	if err != nil {
		t.Error(err)
		return "", "", 0
	}
	return c.ID, c.LogFile(), pid
}

func enforced(t *testing.T, r drift.Report, want map[string]string) {
	t.Helper()
	found := 0
	for _, c := range r.Containers {
		if _, ours := want[c.ID]; !ours {
			continue
		}
		found++
		if c.Verdict != drift.Enforced || c.Then == nil {
			t.Errorf("%s: %s: %s, decided %+v; want enforced, by a decision on record", c.ID, c.Verdict, c.Reason, c.Then)
		}
		if len(c.Held) != 1 || c.Held[0] != (drift.Held{Mode: "filter", Filters: 1, Threads: 3, Processes: 1}) {
			t.Errorf("%s: held %+v", c.ID, c.Held)
		}
	}
	if found != len(want) || len(want) != healthy {
		t.Errorf("%d of %d containers were found, want %d", found, len(want), healthy)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(text))
}
