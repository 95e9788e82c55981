package integration_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/denial"
)

// vsock is socket(AF_VSOCK, SOCK_STREAM, 0), for the probe; unixSocket is another family, which stays open.
const (
	vsock      = "64:41:40,1,0"
	unixSocket = "64:41:1,1,0"
)

// TestCVEDay is the day on which a family of sockets has to be closed on a node that runs: it is blocked with a short audit,
// the container that uses it is named, then new containers cannot without anybody's doing, and those from before are listed
// until they were created again.
func TestCVEDay(t *testing.T) { longEnough(t, 15*time.Second, cveDay) }

// cveDay reports whether the container that uses the call was created while the block was in audit.
func cveDay(t *testing.T, open time.Duration) bool {
	t.Helper()
	n, d, _ := guarded(t, allMeasures(), policyText("enforce", "logDenials: true\ndefault: {action: keep}\n"))
	needAudit(t, d)
	old := runVsock(t, runPod(t, n, node.PodSpec{Namespace: "before"}), 0)
	pod, later := runPod(t, n, node.PodSpec{Namespace: "user"}), runPod(t, n, node.PodSpec{Namespace: "later"})
	f := follow(t, d)

	began := time.Now()
	var blocked struct {
		Done       bool
		AuditUntil time.Time
		Snapshot   string
	}
	ctlJSON(t, d, 0, &blocked, "block", "socket:AF_VSOCK", "--audit", open.String())
	if !blocked.Done || blocked.AuditUntil.IsZero() {
		t.Fatalf("block: %+v", blocked)
	}
	decidesBy(t, d, blocked.Snapshot)

	// In audit the call goes on, and is on record.
	user, answer := askVsock(t, pod, 0)
	if time.Now().After(blocked.AuditUntil) {
		return false
	}
	if answer.Errno() != 0 {
		t.Fatalf("the call is denied while it is in audit: %s", answer)
	}
	named := func(one denial.Denial) bool {
		return one.Container.ID == user.ID && one.Container.Namespace == "user" && one.Syscall == "socket" && one.Action == specs.ActLog
	}
	if f.wait(1, named) == 0 {
		t.Errorf("the container that uses the call is not named: %+v", f.seen)
	}

	// Then it is denied, by the same policy.
	time.Sleep(time.Until(blocked.AuditUntil))
	answers, err := later.Probe(t.Context(), node.ContainerSpec{Seccomp: node.Unconfined}, vsock, unixSocket)
	if err != nil {
		t.Fatal(err)
	}
	checkDenied(t, "a new container", answers)
	if r := recordOf(t, d, user.ID); r.Snapshot != blocked.Snapshot {
		t.Errorf("decided by %s, and not by what block put in force, %s", r.Snapshot, blocked.Snapshot)
	}

	// Those from before can still, until they are created again.
	if list := exposed(t, n, d, []string{old.ID, user.ID}, 1); !list[old.ID] || !list[user.ID] {
		t.Errorf("exposed lists %v, want %s and %s in it", list, old.ID, user.ID)
	}
	// Who used it is in the history, both who was let and who was not; the one from before is not: nothing logged it.
	used := map[string]string{}
	var again struct {
		Used struct {
			By []struct {
				Container, Call string
				Count, Denied   int
			}
		}
	}
	ctlJSON(t, d, 0, &again, "block", "socket:AF_VSOCK", "--dry-run", "--denials", d.Options.Denials)
	for _, by := range again.Used.By {
		if namespace, _, _ := strings.Cut(by.Container, "/"); by.Call == "socket" {
			used[namespace] = fmt.Sprintf("%d, %d denied", by.Count, by.Denied)
		}
	}
	if used["user"] != "1, 0 denied" || used["later"] != "1, 1 denied" || used["before"] != "" {
		t.Errorf("block says that it was used by %v", used)
	}
	for _, c := range []*node.Container{old, user} {
		answers, err := c.Probe(t.Context(), vsock)
		if err != nil {
			t.Fatal(err)
		}
		if answers[vsock].Errno() != 0 {
			t.Errorf("control: what exposed lists cannot: %s", answers[vsock])
		}
		if err := c.Remove(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []*node.Pod{pod, later} {
		c, err := p.Run(t.Context(), node.ContainerSpec{Seccomp: node.Unconfined, Attempt: 1})
		if err != nil {
			t.Fatal(err)
		}
		answers, err := c.Probe(t.Context(), vsock, unixSocket)
		if err != nil {
			t.Fatal(err)
		}
		checkDenied(t, "a container that was created again", answers)
		if list := exposed(t, n, d, []string{c.ID}, 0, c.ID); len(list) > 0 {
			t.Errorf("exposed lists %v", list)
		}
	}
	t.Logf("the day took %v, the audit of %v among it", time.Since(began), open)
	return true
}

// runVsock runs a container that opens a socket of the family.
func runVsock(t *testing.T, pod *node.Pod, attempt uint32) *node.Container {
	t.Helper()
	c, answer := askVsock(t, pod, attempt)
	if answer.Errno() != 0 {
		t.Fatalf("a container cannot use the call before it is denied: %s", answer)
	}
	return c
}

// askVsock runs a container, and returns what it is answered when it opens a socket of the family.
func askVsock(t *testing.T, pod *node.Pod, attempt uint32) (*node.Container, node.Answer) {
	t.Helper()
	c, err := pod.Run(t.Context(), node.ContainerSpec{Seccomp: node.Unconfined, Attempt: attempt})
	if err != nil {
		t.Fatal(err)
	}
	answers, err := c.Probe(t.Context(), vsock)
	if err != nil {
		t.Fatal(err)
	}
	return c, answers[vsock]
}

func checkDenied(t *testing.T, whose string, answers node.Answers) {
	t.Helper()
	if answers[vsock].Errno() != unix.EPERM || answers[unixSocket].Errno() != 0 {
		t.Errorf("%s: %v", whose, answers)
	}
}

// decidesBy waits until the daemon decides by a policy.
func decidesBy(t *testing.T, d *node.Daemon, digest string) {
	t.Helper()
	for end := time.Now().Add(settle); ; time.Sleep(20 * time.Millisecond) {
		s, err := audit.ReadStatus(d.Options.RunDir)
		if err == nil && s.InForce.Digest == digest {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the daemon does not decide by %s: %+v, %v", digest, s.InForce, err)
		}
	}
}

// exposed are the ids of the containers on a node that seccompctl exposed lists; it looks at all where none are named. It looks again
// where the machine was too busy to stop a thread of ours in time.
func exposed(t *testing.T, n *node.Node, d *node.Daemon, ours []string, code int, containers ...string) map[string]bool {
	t.Helper()
	args := slices.Concat([]string{
		"exposed", "socket:AF_VSOCK", "--kernel", "-o", "json",
		"--containerd-state", filepath.Join(n.Dir(), "state"), "--runtime-state", filepath.Join(n.Dir(), "state", "runc"), "--docker-root", filepath.Join(n.Dir(), "none"),
	}, containers)
	for end := time.Now().Add(settle); ; {
		cmd, err := d.Ctl(t.Context(), args...)
		if err != nil {
			t.Fatal(err)
		}
		text, err := cmd.Output()
		var a struct {
			Owners []struct {
				Containers []struct{ ID, Can, Reason string }
			}
		}
		if json.Unmarshal(text, &a) != nil {
			t.Fatalf("seccompctl exposed: %v in %s", err, text)
		}
		out, busy := map[string]bool{}, false
		for _, o := range a.Owners {
			for _, c := range o.Containers {
				out[c.ID] = c.Can == "yes"
				busy = busy || slices.Contains(ours, c.ID) && strings.Contains(c.Reason, "it did not stop within")
			}
		}
		if busy && time.Now().Before(end) {
			t.Log("a thread did not stop in time: look again")
			continue
		}
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("seccompctl exposed: exit code %d, want %d: %v in %s", got, code, err, text)
		}
		return out
	}
}

// ctlJSON reads the answer of a verb that must exit with a code.
func ctlJSON(t *testing.T, d *node.Daemon, code int, to any, args ...string) {
	t.Helper()
	cmd, err := d.Ctl(t.Context(), append(args, "-o", "json")...)
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("seccompctl %s: exit code %d, want %d: %v\n%s\n%s", strings.Join(args, " "), got, code, err, out, stderr.String())
	}
	if err := json.Unmarshal(out, to); err != nil {
		t.Fatalf("seccompctl %s: %v in %s", args[0], err, out)
	}
}
