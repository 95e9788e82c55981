package integration_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/integration/sample"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// floorNode is a node whose policy is a floor that is replaced by the test.
type floorNode struct {
	*node.Node
	daemon *node.Daemon
}

// floor puts a policy in force that is a floor and nothing else.
func (n *floorNode) floor(t *testing.T, rest string) {
	t.Helper()
	old := inForce(t, n.daemon)
	if err := replaceFile(n.daemon.Options.Policy, policyText("enforce", rest+"default: {action: keep}\n")); err != nil {
		t.Fatal(err)
	}
	waitForPolicy(t, n.daemon, old)
}

// TestFloorOfPacks makes each pack a floor in containerd, and every call that it
// denies in containers that asked for each kind of profile or are privileged: all
// are denied. Without the floor they are not.
func TestFloorOfPacks(t *testing.T) {
	t.Parallel()
	facts, err := host.Read(t.Context(), host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	real, daemon, _ := guarded(t, allMeasures(), policyText("enforce", "default: {action: keep}\n"))
	n := &floorNode{real, daemon}
	path, err := n.WriteProfile("l.json", sample.L())
	if err != nil {
		t.Fatal(err)
	}
	plain, privileged := runPod(t, n.Node, node.PodSpec{}), runPod(t, n.Node, node.PodSpec{Privileged: true})
	asks := []struct {
		name string
		pod  *node.Pod
		spec node.ContainerSpec
		open bool // without a floor nothing is denied
	}{
		{"Unconfined", plain, node.ContainerSpec{Seccomp: node.Unconfined, AddCapabilities: []string{"SYS_ADMIN", "SYS_PTRACE"}}, true},
		{"unset", plain, node.ContainerSpec{}, true},
		{"RuntimeDefault", plain, node.ContainerSpec{Seccomp: node.RuntimeDefault}, false},
		{"Localhost", plain, node.ContainerSpec{Seccomp: node.Localhost(path)}, false},
		{"privileged", privileged, node.ContainerSpec{Privileged: true}, true},
	}
	names := []string{"namespaces", "af-alg", "io-uring", "ptrace", "module", "bpf", "kexec"}
	control := map[string]node.Answers{}
	for _, name := range names {
		ways := ways(resolveHere(t, expand(t, nil, "pack:"+name).Profile(name), facts).Syscalls, facts)
		answers, err := plain.Probe(t.Context(), asks[0].spec, wordsOf(ways)...)
		if err != nil {
			t.Fatal(err)
		}
		control[name] = answers
	}
	for _, name := range names {
		ways := ways(resolveHere(t, expand(t, nil, "pack:"+name).Profile(name), facts).Syscalls, facts)
		n.floor(t, fmt.Sprintf("floor: {deny: [%q]}\n", "pack:"+name))
		apart := 0
		for _, ask := range asks {
			answers, err := ask.pod.Probe(t.Context(), ask.spec, wordsOf(ways)...)
			if err != nil {
				t.Fatalf("pack:%s, %s: %v", name, ask.name, err)
			}
			for _, w := range ways {
				got := answers[w.word]
				denied := got.String() == syscalls.ErrnoName(w.errno)
				if !ask.open {
					denied = denied || got.String() == "EPERM" || got.String() == "ENOSYS"
				}
				if !strings.HasPrefix(w.word, "64:") { // an ABI that the filter does not list
					denied = denied || got.Signal == unix.SIGSYS
				}
				if !denied {
					t.Errorf("pack:%s, %s: %s (%s): want %s, got %s", name, ask.name, w.call, w.word, syscalls.ErrnoName(w.errno), got)
				}
				if ask.name == "Unconfined" && strings.HasPrefix(w.word, "64:") && got.String() != control[name][w.word].String() {
					apart++
				}
			}
		}
		t.Logf("pack:%s: %d calls in %d kinds of containers; %d are answered otherwise on x86_64 without the floor", name, len(ways), len(asks), apart)
		if apart == 0 {
			t.Errorf("pack:%s changes nothing here", name)
		}
	}
}

// TestFloorLeavesOpen takes calls out of a floor in the two ways that a policy
// has: collateral for all, and an exception for some.
func TestFloorLeavesOpen(t *testing.T) {
	t.Parallel()
	real, daemon, _ := guarded(t, allMeasures(), policyText("enforce", "default: {action: keep}\n"))
	n := &floorNode{real, daemon}
	n.floor(t, `
floor: {deny: ["pack:namespaces", "pack:ptrace"], leaveOpen: [unshare]}
exceptions:
- {name: INC-42, match: {namespaces: [prod]}, allow: [kcmp], until: `+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`, reason: "comparing"}
`)
	const files, newUser, kcmp, ptrace, clone3 = "272:0x400", "272:0x10000000", "312:1,1", "101:0", "435:0,0"
	for namespace, want := range map[string]string{"prod": "ok", "test": "EPERM"} {
		pod := runPod(t, n.Node, node.PodSpec{Namespace: namespace})
		for name, spec := range map[string]node.ContainerSpec{
			"Unconfined": {Seccomp: node.Unconfined, AddCapabilities: []string{"SYS_ADMIN", "SYS_PTRACE"}},
			"unset":      {AddCapabilities: []string{"SYS_ADMIN", "SYS_PTRACE"}},
		} {
			answers, err := pod.Probe(t.Context(), spec, files, newUser, kcmp, ptrace, clone3)
			if err != nil {
				t.Fatal(err)
			}
			checkAnswers(t, namespace+", "+name, answers, map[string]string{files: "ok", newUser: "EPERM", kcmp: want, ptrace: "EPERM", clone3: "ENOSYS"})
		}
	}
}

// TestSocketcallLeftOpen is the collateral that 32-bit programs notice: with
// pack:af-alg they have no socketcall, unless it is left open; then the direct
// call with that family stays denied. containerd's default denies that one, too,
// and its EPERM goes first. To an unconfined container it makes no difference:
// libseccomp denies what makes sockets along with the direct call.
func TestSocketcallLeftOpen(t *testing.T) {
	t.Parallel()
	real, daemon, _ := guarded(t, allMeasures(), policyText("enforce", "default: {action: keep}\n"))
	n := &floorNode{real, daemon}
	pod := runPod(t, n.Node, node.PodSpec{})
	const through, connect, direct, other, native = "32:102:1,0", "32:102:3,0", "32:359:38,5,0", "32:359:1,1,0", "41:38,5,0"
	for _, c := range []struct {
		open                    string
		ask                     node.Request
		through, connect, alone string // with null for the arguments
	}{
		{"", node.RuntimeDefault, "EAFNOSUPPORT", "EAFNOSUPPORT", "EPERM"},
		{"", node.Unconfined, "EAFNOSUPPORT", "EFAULT", "EAFNOSUPPORT"},
		{", leaveOpen: [socketcall]", node.RuntimeDefault, "EFAULT", "EFAULT", "EPERM"},
		{", leaveOpen: [socketcall]", node.Unconfined, "EAFNOSUPPORT", "EFAULT", "EAFNOSUPPORT"}, // one filter cannot say both
	} {
		n.floor(t, fmt.Sprintf("# %v\nfloor: {deny: [\"pack:af-alg\"]%s}\n", c, c.open))
		answers, err := pod.Probe(t.Context(), node.ContainerSpec{Seccomp: c.ask}, through, connect, direct, other, native)
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, "with"+c.open, answers, map[string]string{through: c.through, connect: c.connect, direct: c.alone, other: "ok", native: c.alone})
	}
}

// wordsOf are what the probe is asked.
func wordsOf(ways []way) []string {
	out := make([]string, len(ways))
	for i, w := range ways {
		out[i] = w.word
	}
	return out
}
