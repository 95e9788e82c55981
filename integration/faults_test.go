package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// The tests of these files break something while containers are created, and
// ask the kernel of each container that exists whether it has the filter of the
// policy. Every test has its control: with the measure off that it is about,
// the same steps let a container through, so that the judge is known to see it.

// marked is a filter that is known by one answer: mkdir says the errno.
func marked(errno unix.Errno) specs.LinuxSeccomp {
	ret := uint(errno)
	return specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Syscalls:      []specs.LinuxSyscall{{Names: []string{"mkdir", "mkdirat"}, Action: specs.ActErrno, ErrnoRet: &ret}},
	}
}

// A verdict is what became of a container.
type verdict string

const (
	refused    verdict = "refused"
	filtered   verdict = "filtered"   // mkdir answers EACCES: the policy's filter
	unfiltered verdict = "UNFILTERED" // mkdir works
)

// judge creates a container that asks for nothing, and so has no filter unless
// somebody gives it one, and asks the kernel. The text is why it was refused.
func judge(t *testing.T, pod *node.Pod, spec node.ContainerSpec) (verdict, string) {
	t.Helper()
	answers, err := pod.Probe(t.Context(), spec, "mkdir")
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "create container"):
		return refused, err.Error()
	case err != nil:
		t.Errorf("judge a container: %v", err)
		return "", err.Error()
	}
	switch got := answers["mkdir"].String(); got {
	case "EACCES":
		return filtered, ""
	case "EFAULT":
		return unfiltered, ""
	default:
		return verdict("mkdir says " + got), ""
	}
}

// want holds a new container to a verdict; one that is refused also to a text
// in the reason.
func want(t *testing.T, when string, pod *node.Pod, spec node.ContainerSpec, verdict verdict, reason string) {
	t.Helper()
	got, why := judge(t, pod, spec)
	if got != verdict || !strings.Contains(why, reason) {
		t.Errorf("%s: a container was %s (%s), want %s %s", when, got, why, verdict, reason)
	}
}

// The policies of these tests.
const (
	replaceAll = "default: {action: replace, profile: {type: Localhost, localhostProfile: marked.json}}\n"
	keepAll    = "default: {action: keep}\n"
)

func policyText(mode, rest string) string {
	return "apiVersion: seccompd/v1\nkind: NodePolicy\nmode: " + mode + "\ndoors: [nri]\nonError: refuse\n" + rest
}

// source is where a daemon's policy and profiles are on a node.
type source struct{ policy, profiles string }

func newSource(t *testing.T, n *node.Node, policy string) source {
	t.Helper()
	dir := filepath.Join(n.Dir(), "etc")
	s := source{policy: filepath.Join(dir, "policy.yaml"), profiles: filepath.Join(dir, "profiles")}
	if err := os.MkdirAll(s.profiles, 0o755); err != nil {
		t.Fatal(err)
	}
	writeJSON(t, filepath.Join(s.profiles, "marked.json"), marked(unix.EACCES))
	writeFile(t, s.policy, policy)
	return s
}

// allMeasures is a node that fails closed.
func allMeasures() node.Options {
	return node.Options{RequiredPlugins: []string{"seccompd"}}
}

// guarded starts a node on which seccompd enforces a policy.
func guarded(t *testing.T, options node.Options, policy string) (*node.Node, *node.Daemon, source) {
	t.Helper()
	n := newNode(t, options)
	src := newSource(t, n, policy)
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n, d, src
}

// startOther starts another plugin, which is killed when the test ends.
func startOther(t *testing.T, n *node.Node, o node.PluginOptions) *node.Plugin {
	t.Helper()
	p, err := n.StartPlugin(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// startBare starts the control of seccompd: a plugin of the same name that
// gives every container the same filter and takes no measure for the case that
// it cannot answer.
func startBare(t *testing.T, n *node.Node, change ...func(*node.PluginOptions)) *node.Plugin {
	t.Helper()
	filter := marked(unix.EACCES)
	o := node.PluginOptions{Name: "seccompd", Index: "10", Seccomp: &filter}
	for _, c := range change {
		c(&o)
	}
	return startOther(t, n, o)
}

// inFlight starts to create a container and returns what becomes of it.
func inFlight(t *testing.T, pod *node.Pod, spec node.ContainerSpec) <-chan verdict {
	t.Helper()
	got := make(chan verdict, 1)
	go func() {
		v, why := judge(t, pod, spec)
		if v == refused {
			t.Log("refused:", why)
		}
		got <- v
	}()
	return got
}

// settle is how long a test waits for something that it expects, such as a
// daemon's way back to containerd, whose back-off ends at 5 s. What comes in
// time is not timed: the machine may be slow and have much else to do.
const settle = 2 * time.Minute

// eventually tries until a container gets the verdict. On the way one may be
// refused, or what else is allowed.
func eventually(t *testing.T, when string, pod *node.Pod, wanted verdict, allowed ...verdict) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), settle)
	defer cancel()
	for {
		got, why := judge(t, pod, node.ContainerSpec{})
		if got == wanted {
			return
		}
		if got != refused && !slices.Contains(allowed, got) {
			t.Errorf("%s: a container was %s", when, got)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: still %s (%s) after %v, want %s", when, got, why, settle, wanted)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// soak is the count for make test, or the larger one for make soak.
func soak(short, long int) int {
	if os.Getenv("SECCOMPD_SOAK") != "" {
		return long
	}
	return short
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(t *testing.T, path string, filter specs.LinuxSeccomp) {
	t.Helper()
	text, err := json.Marshal(filter)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, string(text))
}

// replaceFile puts a new file in a path's place, as an editor or kubelet does.
func replaceFile(path, text string) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, []byte(text), 0o644); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	return nil
}
