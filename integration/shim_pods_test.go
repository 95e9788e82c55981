package integration_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// withDoor makes the door the runtime of every handler, as BinaryName.
func withDoor(s *shim, o node.Options) node.Options {
	o.Handlers = map[string]string{"runc": s.bin + "/runc"}
	o.ShimEnv = s.env()
	return o
}

// TestShimPods has pods of a containerd whose NRI is off: the containers and the pause container,
// which has no filter otherwise, get the policy's.
func TestShimPods(t *testing.T) {
	t.Parallel()
	words := []string{"unshare", "mkdir", "keyctl"}
	plain := newNode(t, node.Options{})
	open, err := runPod(t, plain, node.PodSpec{}).Probe(t.Context(), node.ContainerSpec{Seccomp: node.Unconfined}, words...)
	if err != nil || open["mkdir"].String() != "EFAULT" {
		t.Fatalf("control: %v %v", open, err)
	}
	s := newShim(t, "mode: enforce\nrules:\n- {name: free, match: {namespaces: [free]}, action: keep}\n- {name: pause, match: {containerKinds: [sandbox]}, action: replace, profile: {type: RuntimeDefault}}\ndefault: {action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}\n")
	n := newNode(t, withDoor(s, node.Options{NoNRI: true}))
	if _, err := os.Stat(n.NRISocket()); err == nil {
		t.Error("NRI is on")
	}
	pod := runPod(t, n, node.PodSpec{Namespace: "prod", Privileged: true})
	for _, request := range []node.Request{node.Unset, node.Unconfined, node.RuntimeDefault} {
		answers, err := pod.Probe(t.Context(), node.ContainerSpec{Seccomp: request}, words...)
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, "asked for "+request.String(), answers, map[string]string{"mkdir": "EPERM"})
	}
	answers, err := pod.Probe(t.Context(), node.ContainerSpec{Privileged: true, DropCapabilities: []string{"SYS_RESOURCE"}}, words...)
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "privileged", answers, map[string]string{"mkdir": "EPERM"})
	if d := s.of(t, pod.ID); d.Rule != "pause" || d.Result != "installed" {
		t.Errorf("the pause container: %+v", d)
	}
	if status := pauseStatus(t, n, pod); !strings.Contains(status, "Seccomp:\t2") {
		t.Errorf("the pause container in the kernel:\n%s", status)
	}
	free := runPod(t, n, node.PodSpec{Namespace: "free"})
	answers, err = free.Probe(t.Context(), node.ContainerSpec{Seccomp: node.Unconfined}, words...)
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "another namespace", answers, map[string]string{"mkdir": "EFAULT"})
}

// pauseStatus is what the kernel says of a pod's pause container.
func pauseStatus(t *testing.T, n *node.Node, pod *node.Pod) string {
	t.Helper()
	pid := readFile(t, filepath.Join(n.Dir(), "state/io.containerd.runtime.v2.task/k8s.io", pod.ID, "init.pid"))
	return string(readFile(t, "/proc/"+strings.TrimSpace(string(pid))+"/status"))
}

// TestShimImageByDigest decides on the digest of an image where the pod names it by that. Where it does not, the digest cannot be
// known, and the container is refused.
func TestShimImageByDigest(t *testing.T) {
	t.Parallel()
	const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	s := newShim(t, "mode: enforce\nrules:\n- {name: pause, match: {containerKinds: [sandbox]}, action: fill, profile: {type: RuntimeDefault}}\n"+
		"- {name: known, match: {images: [\"@"+digest+"\"]}, action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}\ndefault: {action: fill, profile: {type: RuntimeDefault}}\n")
	pod := runPod(t, newNode(t, withDoor(s, node.Options{})), node.PodSpec{})
	for asked, want := range map[string]string{
		"example.com/db@" + digest: "EPERM", "example.com/db:1@" + digest: "EPERM", "example.com/db@" + strings.Replace(digest, "0", "1", 1): "EFAULT",
		"": "images, which is not known at door runtime",
	} {
		answers, err := pod.Probe(t.Context(), node.ContainerSpec{ImageAsked: asked}, "mkdir")
		if got := answers["mkdir"].String(); err == nil && got != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %s, %v, want %s", asked, got, err, want)
		}
	}
}

// bothPolicy has a rule that neither door can decide alone: NRI does not see
// capabilities, the runtime door no labels.
//
// A pause container comes through the runtime door alone, which does not know
// the labels of its pod: the first rule decides on it.
const bothPolicy = `mode: enforce
rules:
- {name: pause, match: {containerKinds: [sandbox]}, action: fill, profile: {type: RuntimeDefault}}
- name: both
  match: {podLabels: ["app=raw"], capabilities: {anyOf: [NET_RAW]}}
  action: replace
  profile: {base: RuntimeDefault, deny: [mkdir]}
- name: trusted
  match: {namespaces: [default], podLabels: ["app=raw"], capabilities: {anyOf: [SYS_PTRACE]}}
  action: keep
- name: unconfined
  match: {requested: [Unconfined], except: {capabilities: {anyOf: [SYS_ADMIN]}}}
  action: refuse
  message: "ask for a profile"
default: {action: fill, profile: {type: RuntimeDefault}}
`

// TestShimAndNRI has both doors on one node: a container is decided on what
// they know together, and on nothing that a record could claim.
func TestShimAndNRI(t *testing.T) {
	t.Parallel()
	// The runtime door asks the daemon only where both write to one log.
	for name, decisions := range map[string]string{"each decides": "nri.jsonl", "the daemon decides": "decisions.jsonl"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shimAndNRI(t, decisions)
		})
	}
}

func shimAndNRI(t *testing.T, decisions string) {
	t.Helper()
	s := newShim(t, "")
	if err := os.WriteFile(s.dir+"/policy.yaml", []byte(policyHead+bothPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	n := newNode(t, withDoor(s, node.Options{RequiredPlugins: []string{"10-seccompd"}}))
	daemon := n.Daemon(node.DaemonOptions{Policy: s.dir + "/policy.yaml", StateDir: s.dir + "/state", RunDir: s.dir + "/run", Decisions: s.dir + "/" + decisions})
	if err := daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	errno := uint(unix.ENOLINK)
	own, err := n.WriteProfile("own.json", specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"mkdir"}, Action: specs.ActErrno, ErrnoRet: &errno}}})
	if err != nil {
		t.Fatal(err)
	}
	labelled := runPod(t, n, node.PodSpec{Labels: map[string]string{"app": "raw"}})
	other := runPod(t, n, node.PodSpec{Labels: map[string]string{"app": "web"}})
	for name, c := range map[string]struct {
		pod  *node.Pod
		spec node.ContainerSpec
		want string // what mkdir answers; "" is refused
	}{
		"labels and capabilities":       {labelled, node.ContainerSpec{Seccomp: node.RuntimeDefault}, "EPERM"},
		"kept: none, as it was":         {labelled, node.ContainerSpec{Seccomp: node.Unconfined, AddCapabilities: []string{"SYS_PTRACE"}, DropCapabilities: []string{"NET_RAW"}}, "EFAULT"},
		"kept: its own, as it was":      {labelled, node.ContainerSpec{Seccomp: node.Localhost(own), AddCapabilities: []string{"SYS_PTRACE"}, DropCapabilities: []string{"NET_RAW"}}, "ENOLINK"},
		"labels and none":               {labelled, node.ContainerSpec{DropCapabilities: []string{"NET_RAW"}, Seccomp: node.RuntimeDefault}, "EFAULT"},
		"no labels, and capabilities":   {other, node.ContainerSpec{Seccomp: node.RuntimeDefault}, "EFAULT"},
		"what was asked for, and none":  {other, node.ContainerSpec{Seccomp: node.Unconfined}, ""},
		"what was asked for, and those": {other, node.ContainerSpec{Seccomp: node.Unconfined, AddCapabilities: []string{"SYS_ADMIN"}}, "EFAULT"},
	} {
		answers, err := c.pod.Probe(t.Context(), c.spec, "mkdir", "unshare")
		switch {
		case c.want == "" && (err == nil || !strings.Contains(err.Error(), "ask for a profile")):
			t.Errorf("%s: %v %v; want it refused", name, answers, err)
		case c.want != "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && answers["mkdir"].String() != c.want:
			t.Errorf("%s: %v; want %s", name, answers, c.want)
		}
	}
	asked := func() bool {
		for _, m := range families(t, daemon)["seccompd_runtime_questions_total"].GetMetric() {
			if answerOf(m) == "done" && m.GetCounter().GetValue() > 0 {
				return true
			}
		}
		return false
	}
	if decisions != "decisions.jsonl" && asked() {
		t.Error("the daemon decided in the door's place")
	}
	if decisions == "decisions.jsonl" {
		waitFor(t, "the daemon decides in the door's place", func() bool { // on a busy machine it may answer too late
			if asked() {
				return true
			}
			answers, err := labelled.Probe(t.Context(), node.ContainerSpec{Seccomp: node.RuntimeDefault}, "mkdir")
			if err != nil || answers["mkdir"].String() != "EPERM" {
				t.Errorf("once more: %v, %v", answers, err)
			}
			return false
		})
	}
	// A record that is gone, and one that others could have written, count for nothing: what was left to this door is refused.
	for name, spoil := range map[string]func() error{
		"gone":           func() error { return os.RemoveAll(s.dir + "/run/records") },
		"open to others": func() error { return os.Chmod(s.dir+"/run/records", 0o755) },
	} {
		ctr, err := labelled.Create(t.Context(), node.ContainerSpec{Name: strings.ReplaceAll(name, " ", "-"), Seccomp: node.RuntimeDefault})
		if err != nil {
			t.Fatal(name, err)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if err := ctr.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "seccompd refused the container") {
			t.Errorf("%s: %v", name, err)
		}
		_ = os.Chmod(s.dir+"/run/records", 0o700)
	}
	// Without the runtime door, what NRI left to it does not start.
	if err := n.Restart(t.Context(), func(o *node.Options) { o.Handlers = nil }); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), settle)
	defer cancel()
	if err := waitConnected(ctx, labelled); err != nil {
		t.Fatal(err)
	}
	// A pod keeps the runtime that it was made with.
	labelled = runPod(t, n, node.PodSpec{Labels: map[string]string{"app": "raw"}})
	if answers, err := labelled.Probe(ctx, node.ContainerSpec{Seccomp: node.RuntimeDefault}, "mkdir"); err == nil {
		t.Errorf("started without the runtime door: %v", answers)
	}
}

// waitConnected waits until containers can be created again.
func waitConnected(ctx context.Context, pod *node.Pod) error {
	for {
		c, err := pod.Create(ctx, node.ContainerSpec{Name: fmt.Sprintf("wait-%d", time.Now().UnixNano())})
		if err == nil {
			return c.Remove(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TestShimMany creates many containers through the door, one after another and
// at once; "make soak" more of them.
func TestShimMany(t *testing.T) {
	t.Parallel()
	sequential, parallel := 10, 8
	if os.Getenv("SECCOMPD_SOAK") != "" {
		sequential, parallel = 200, 50
	}
	s := newShim(t, attackPolicy)
	for range sequential {
		b := newBundle(t, s)
		b.created(b.run())
	}
	var all sync.WaitGroup
	bundles := make([]*bareBundle, parallel)
	for i := range bundles {
		bundles[i] = newBundle(t, s)
	}
	for _, b := range bundles {
		all.Go(func() { b.created(b.run()) })
	}
	all.Wait()
	if got := len(s.decisions(t)); got != sequential+parallel {
		t.Errorf("%d decisions on record, want %d", got, sequential+parallel)
	}
}
