package integration_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/drift"
)

// fillAll leaves a filter to who has one, so that another plugin can set another without a conflict.
const fillAll = "default: {action: fill, profile: {type: RuntimeDefault}}\n"

// TestDriftOfOtherPlugins has another NRI plugin change the filter of containers that have one of their own, which the policy leaves
// to them. The door's validator refuses them: that is the control. Where it does not hold, since the policy only audits or it is
// not there, the containers run, the kernel says what they may do, and drift finds them.
func TestDriftOfOtherPlugins(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode, policy string
		own, blind   bool // a filter of a file, not the runtime's default; a door that does not validate
	}{
		"audit, keep":            {"audit", keepAll, false, false},
		"audit, fill":            {"audit", fillAll, false, false},
		"audit, keep a file's":   {"audit", keepAll, true, false},
		"enforce, keep, blind":   {"enforce", keepAll, true, true},
		"enforce, fill, blind":   {"enforce", fillAll, true, true},
		"enforce, keep: control": {"enforce", keepAll, true, false},
		"enforce, fill: control": {"enforce", fillAll, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDriftNode(t, policyText(c.mode, c.policy))
			if err := d.daemon.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c.blind {
				d.blind(t)
			}
			request := node.RuntimeDefault
			if c.own {
				path, err := d.WriteProfile("own.json", specs.LinuxSeccomp{
					DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"unshare"}, Action: specs.ActErrno}},
				})
				if err != nil {
					t.Fatal(err)
				}
				request = node.Localhost(path)
			}
			e := d.edited(t, request)
			if c.mode == "enforce" && !c.blind {
				e.refused(t)
				return
			}
			e.found(t)
		})
	}
}

// blind puts a plugin in the daemon's place that decides and records as it does, and lets what other plugins do pass.
func (d *driftNode) blind(t *testing.T) {
	t.Helper()
	if err := d.daemon.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := d.daemon.Options
	p, err := d.StartFaulty(t.Context(), "", "", "-state", o.StateDir, "-decisions", o.Decisions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
}

// edits are containers of which another plugin changes the filter, one of each kind.
type edits struct {
	*driftNode
	pod       *node.Pod
	request   node.Request
	untouched *node.Container
}

// The names by which containers are told apart; the prefix is that of cmd/faulty.
const (
	blindLooser = "blind-looser" // gets its own filter and one call more
	blindBare   = "blind-bare"   // gets the section that runtimes read as no filter
)

// edited starts the other plugins, and a container that they leave alone.
func (d *driftNode) edited(t *testing.T, request node.Request) edits {
	t.Helper()
	pod := runPod(t, d.Node, node.PodSpec{})
	c, err := pod.Run(t.Context(), node.ContainerSpec{Seccomp: request})
	if err != nil {
		t.Fatal(err)
	}
	looser, err := c.Filter()
	if err != nil || looser == nil {
		t.Fatalf("the filter that it asked for: %v, %v", looser, err)
	}
	looser.Syscalls = slices.DeleteFunc(looser.Syscalls, func(r specs.LinuxSyscall) bool { return slices.Equal(r.Names, []string{"unshare"}) })
	looser.Syscalls = append(looser.Syscalls, specs.LinuxSyscall{Names: []string{"unshare"}, Action: specs.ActAllow})
	startOther(t, d.Node, node.PluginOptions{Name: "loosens", Seccomp: looser, Only: blindLooser})
	startOther(t, d.Node, node.PluginOptions{Name: "bares", Index: "30", Seccomp: &specs.LinuxSeccomp{}, Only: blindBare})
	return edits{driftNode: d, pod: pod, request: request, untouched: c}
}

func (e edits) refused(t *testing.T) {
	t.Helper()
	for name, plugin := range map[string]string{blindLooser: "20-loosens", blindBare: "30-bares"} {
		_, err := e.pod.Run(t.Context(), node.ContainerSpec{Name: name, Seccomp: e.request})
		if want := "plugin " + plugin + " changes the filter, which the policy leaves as it is"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("control: %s: %v, want %q", name, err, want)
		}
	}
}

func (e edits) found(t *testing.T) {
	t.Helper()
	ids := map[string]string{}
	for _, name := range []string{blindLooser, blindBare} {
		c, err := e.pod.Run(t.Context(), node.ContainerSpec{Name: name, Seccomp: e.request})
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = c.ID
		answers, err := c.Probe(t.Context(), "unshare")
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, name, answers, map[string]string{"unshare": "ok"})
	}
	answers, err := e.untouched.Probe(t.Context(), "unshare")
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "not touched", answers, map[string]string{"unshare": "EPERM"})
	for _, kernel := range []bool{false, true} {
		got := e.drift(t, kernelFlag(kernel)...)
		verdicts(t, fmt.Sprintf("kernel %v", kernel), got, map[string]string{
			e.untouched.ID:   "enforced",
			ids[blindLooser]: "weaker: its configuration has another filter than was decided",
			ids[blindBare]:   "unfiltered: it has no filter, and its configuration ",
		})
		calls := got[ids[blindLooser]].Calls
		if len(calls) == 0 || slices.ContainsFunc(calls, func(w algebra.Witness) bool { return w.Name != "unshare" }) {
			t.Errorf("the calls that the other plugin opened: %v, want unshare by each ABI", calls)
		}
		if c := got[ids[blindBare]]; c.Basis != drift.ByKernel {
			t.Errorf("no filter: by %s, want by the kernel", c.Basis)
		}
	}
}

// TestDriftWithoutDaemon creates containers while the daemon is not there: one without a filter and one with another plugin's. Where
// containerd requires the daemon's plugin both are refused; where it does not, they run, and drift finds them.
func TestDriftWithoutDaemon(t *testing.T) {
	t.Parallel()
	d := newDriftNode(t, policyText("enforce", firstFloor+keepAll))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	pod := runPod(t, d.Node, node.PodSpec{})
	if _, err := pod.Run(t.Context(), node.ContainerSpec{}); err != nil { // so that the log reaches back
		t.Fatal(err)
	}
	if err := d.daemon.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	startOther(t, d.Node, node.PluginOptions{Seccomp: &specs.LinuxSeccomp{DefaultAction: specs.ActAllow}, Only: "edited"})
	want := map[string]string{}
	const past = "no decision on it is on record: it came in by no door"
	for name, verdict := range map[string]string{"edited": "weaker: " + past, "plain": "unfiltered: it has no filter, and " + past} {
		c, err := pod.Run(t.Context(), node.ContainerSpec{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		want[c.ID] = verdict
	}
	for _, again := range []bool{false, true} {
		if again {
			if err := d.daemon.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, kernel := range []bool{false, true} {
			got := d.drift(t, kernelFlag(kernel)...)
			verdicts(t, fmt.Sprintf("daemon %v, kernel %v", again, kernel), got, want)
			for id := range want {
				if c := got[id]; c.CallsCount == 0 && c.Verdict == drift.Weaker {
					t.Errorf("%s: no call is named", id)
				}
			}
		}
	}
	if err := d.daemon.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Restart(t.Context(), func(o *node.Options) { o.RequiredPlugins = allMeasures().RequiredPlugins }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"edited", "plain"} {
		if _, err := pod.Run(t.Context(), node.ContainerSpec{Name: name, Attempt: 1}); err == nil || !strings.Contains(err.Error(), `required plugin "seccompd" not present`) {
			t.Errorf("control: %s, with the plugin required: %v", name, err)
		}
	}
}
