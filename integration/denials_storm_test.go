package integration_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/denial"
)

// TestStormOfDenials has a container make a million calls that are denied, as fast as it can, while others are created: each of
// those gets its filter, no denial is lost unsaid, and what it takes of the daemon is bounded. What it takes of the others' time is
// measured by make bench.
func TestStormOfDenials(t *testing.T) {
	for times := 1_000_000; ; times *= 3 {
		created := stormOf(t, times)
		if created >= 3 || t.Failed() {
			return
		}
		t.Logf("%d containers were created while it lasted, too few to say anything", created)
	}
}

// stormOf returns how many containers were created while the storm lasted.
func stormOf(t *testing.T, times int) int {
	t.Helper()
	n, d := denialNode(t)
	f := follow(t, d)
	before := usedBy(t, d.Pid())
	words := []string{"/probe", fmt.Sprintf("storm:%d", times)}
	storm, err := runPod(t, n, node.PodSpec{Namespace: "errno"}).Run(t.Context(), node.ContainerSpec{Args: words})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := storm.Wait(t.Context())
		ended <- err
	}()
	pod := runPod(t, n, node.PodSpec{Namespace: "kill"})
	created, raging := 0, true
	var longest time.Duration
	for began := time.Now(); raging; began = time.Now() {
		answers, err := pod.Probe(t.Context(), node.ContainerSpec{}, "64:272:0", "mkdir")
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, "in the storm", answers, map[string]string{"64:272:0": "killed SIGSYS", "mkdir": "EFAULT"})
		longest = max(longest, time.Since(began))
		select {
		case err := <-ended:
			if raging = false; err != nil {
				t.Fatal(err)
			}
		default:
			created++
		}
	}
	answers, err := storm.Answers(t.Context(), words[1])
	denied := uint64(answers[words[1]].Ret)
	if err != nil || denied < uint64(times) {
		t.Fatalf("the storm was denied %d calls, %v; want %d", denied, err, times)
	}
	got := f.wait(denied, func(one denial.Denial) bool { return one.Container.ID == storm.ID })
	// What lives so short can be gone before the daemon gets to it in the storm. Then it says whose program it was, and not whose container.
	others := f.wait(uint64(created), func(one denial.Denial) bool {
		return one.Container.Namespace == "kill" || one.Unattributed() && one.Exe == "/probe" && one.Action == specs.ActKillProcess
	})
	// A record that finds no room in the kernel's own queue for a minute is thrown away there, and counted.
	s, err := denial.ReadStatus(d.Options.RunDir)
	if others+s.KernelLost < uint64(created) {
		t.Errorf("%d denials of the containers that were created meanwhile, want %d", others, created)
	}
	if err != nil || s.Overruns != 0 || got > denied || got+s.KernelLost < denied {
		t.Errorf("%d denials are on record, want %d: %+v, %v", got, denied, s.Stats, err)
	}
	cpu, peak := usedBy(t, d.Pid())-before, peakOf(t, d.Pid())
	t.Logf("%d containers created in the storm, the longest in %v; the daemon took %v of processor and %d MiB at most; the kernel lost %d records", created, longest, cpu, peak>>10, s.KernelLost)
	if peak > 256<<10 {
		t.Errorf("the daemon took %d MiB", peak>>10)
	}
	return created
}

// usedBy is the processor time of a process, which the kernel tells in hundredths of a second.
func usedBy(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	var user, system int64
	if _, err := fmt.Sscan(strings.Join(strings.Fields(rest)[11:13], " "), &user, &system); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// peakOf is the most memory that a process has had, in KiB.
func peakOf(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kib int
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}
