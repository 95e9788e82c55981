package integration_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// A gated is a bundle whose container is created and started through the door,
// behind which another program may change the configuration.
type gated struct {
	*bareBundle
	p     *pair
	state string
}

// gatedDoor is a door whose real runtimes are programs that put another.json of
// a bundle in the place of its configuration, if it is there, or take the filter
// out of every configuration, if there is a file "strip". With a file "stateless"
// they do not tell the state of a container.
func gatedDoor(t *testing.T, policy string) *shim {
	t.Helper()
	s := newShim(t, "")
	behind := map[string]string{}
	for name, path := range map[string]string{"runc": s.binary(t, "runc"), "crun": s.crun} {
		behind[name] = s.dir + "/behind/" + name
		script := `#!/bin/sh
for a; do [ "$before" != --bundle ] || bundle=$a; [ "$a" != create ] || created=yes; before=$a; done
if [ "$created" ]; then
	[ ! -e "$bundle/another.json" ] || cp "$bundle/another.json" "$bundle/config.json"
	[ ! -e ` + s.dir + `/strip ] || sed -i 's/"seccomp":/"x":/' "$bundle/config.json"
fi
[ ! -e ` + s.dir + `/stateless ] || case " $* " in *" state "*) exit 1 ;; esac
exec ` + path + ` "$@"
`
		if err := errors.Join(os.MkdirAll(s.dir+"/behind", 0o755), os.WriteFile(behind[name], []byte(script), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	s.values["runtimes"] = behind
	s.runtimes = []string{behind["runc"], behind["crun"]}
	s.configure(t, map[string]any{"verifyStart": true})
	s.apply(t, policy)
	return s
}

func newGated(t *testing.T, s *shim, runtime string) *gated {
	t.Helper()
	g := &gated{bareBundle: newBundle(t, s), p: pairs(t, s)[runtime]}
	g.state = s.dir + "/" + g.id + "/default"
	g.write(g.pausing(nil))
	t.Cleanup(func() { // whatever is left of it
		if r := g.p.run(g.p.direct, append(append([]string{"--root", g.state}, g.p.args...), "delete", "--force", g.id)); r.code != 0 {
			t.Errorf("delete: %+v", r)
		}
	})
	return g
}

// pausing is a configuration of a program that waits, with texts at some of its places.
func (b *bareBundle) pausing(at map[string]string) string {
	return strings.Replace(b.config(at), `"-n","mkdir","exit:0"`, `"pause"`, 1)
}

// create creates the container; its output is not ours, which it would hold.
func (g *gated) create() error {
	args := append([]string{"--root", g.state, "--log", g.log, "--log-format", "json"}, g.p.args...)
	return g.p.command(g.t.Context(), g.p.door, append(args, "create", "--bundle", g.dir, g.id)...).Run()
}

func (g *gated) call(args ...string) result {
	return g.p.run(g.p.door, append(append([]string{"--root", g.state, "--log", g.log, "--log-format", "json"}, g.p.args...), args...))
}

// started says that the container runs, and answers what its program is told of mkdir.
func (g *gated) started(what string) string {
	g.t.Helper()
	if r := g.call("start", g.id); r.code != 0 || r.out != "" || strings.Contains(r.err, "seccompd") {
		g.t.Fatalf("%s: start: %+v", what, r)
	}
	if out := g.call("state", g.id).out; !strings.Contains(out, `"running"`) {
		g.t.Errorf("%s: started, and its state is %s", what, out)
	}
	return g.call("exec", g.id, "/probe", "mkdir").out
}

// deleted says that nothing is left of the container.
func (g *gated) deleted(what string) {
	g.t.Helper()
	g.call("kill", g.id, "KILL")
	waitFor(g.t, what+": it has ended", func() bool { return strings.Contains(g.call("state", g.id).out, "stopped") })
	if r := g.call("delete", g.id); r.code != 0 {
		g.t.Errorf("%s: delete: %+v", what, r)
	}
	if left, err := os.ReadDir(g.s.dir + "/run/starts"); err != nil || len(left) > 0 {
		g.t.Errorf("%s: left behind: %v %v", what, left, err)
	}
}

// TestShimGate has another program change the configuration between the door
// and the runtime: the container is created without the policy's filter, and
// the gate does not let it start. Without the gate it runs.
func TestShimGate(t *testing.T) {
	t.Parallel()
	s := gatedDoor(t, attackPolicy)
	for _, runtime := range []string{"runc", "crun"} {
		g := newGated(t, s, runtime)
		g.must(g.create())
		if kept, err := os.ReadDir(s.dir + "/run/starts"); err != nil || len(kept) != 1 {
			t.Errorf("%s: kept for the gate: %v %v", runtime, kept, err)
		}
		if out := g.started(runtime + ", as decided"); !strings.Contains(out, "mkdir = -1 EPERM") {
			t.Errorf("%s, as decided: %s", runtime, out)
		}
		g.deleted(runtime + ", as decided")
		for name, c := range map[string]struct{ linux, want string }{
			"no filter":                {"", "the kernel has loaded none"},
			"a filter of its own":      {`"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["unshare"],"action":"SCMP_ACT_ERRNO"}]},`, "the kernel answers ALLOW to"},
			"one call more":            {`"seccomp":@MORE,`, "the kernel answers ALLOW to mkdir"},
			"what it was, and no more": {`"seccomp":@SAME,`, ""},
		} {
			what := runtime + ", " + name
			g := newGated(t, s, runtime)
			linux := strings.NewReplacer("@MORE", decidedFilter(t, s, false), "@SAME", decidedFilter(t, s, true)).Replace(c.linux)
			g.must(os.WriteFile(g.dir+"/another.json", []byte(g.pausing(map[string]string{"LINUX": linux})), 0o600))
			g.must(g.create())
			if c.want == "" {
				g.started(what)
				g.deleted(what)
				continue
			}
			r := g.call("start", g.id)
			if r.code != 1 || r.out != "" {
				t.Errorf("%s: start: %+v", what, r)
			}
			g.refused(r.err, errors.New("exit status 1"), c.want)
			// What waited to be started has ended, and nothing starts it any more.
			waitFor(t, "it has ended", func() bool { return strings.Contains(g.call("state", g.id).out, `"stopped"`) })
			for _, program := range []string{g.p.door, g.p.direct} {
				if r := g.p.run(program, append(append([]string{"--root", g.state}, g.p.args...), "start", g.id)); r.code == 0 {
					t.Errorf("%s: started by %s after it was refused", what, program)
				}
			}
			if d := s.of(t, g.id); d.Result != "refused" || d.Reason != "loaded" || !strings.Contains(d.Message, c.want) || !strings.Contains(d.Message, "id rt-") {
				t.Errorf("%s: on record: %+v", what, d)
			}
			out, err := exec.Command(s.binary(t, "seccompctl"), "--state-dir", s.dir+"/state", "explain", g.id, "--decisions", s.dir+"/decisions.jsonl").CombinedOutput()
			if err != nil || !strings.Contains(string(out), ", refused") || !strings.Contains(string(out), c.want) {
				t.Errorf("%s: explain: %v %s", what, err, out)
			}
			// No policy is needed to end it.
			g.must(os.Rename(s.dir+"/state", s.dir+"/away"))
			g.deleted(what)
			g.must(os.Rename(s.dir+"/away", s.dir+"/state"))

			s.configure(t, map[string]any{"verifyStart": false})
			g = newGated(t, s, runtime)
			g.must(os.WriteFile(g.dir+"/another.json", []byte(g.pausing(map[string]string{"LINUX": linux})), 0o600))
			g.must(g.create())
			if out := g.started(what + ", control"); !strings.Contains(out, "mkdir = -14 EFAULT") {
				t.Errorf("%s, control: the gate is off, and mkdir does not come through: %s", what, out)
			}
			s.configure(t, map[string]any{"verifyStart": true})
		}
	}
}

// decidedFilter is the filter of the policy as the door wrote it, or with mkdir
// among what it permits.
func decidedFilter(t *testing.T, s *shim, same bool) string {
	t.Helper()
	g := newGated(t, s, "runc")
	g.must(g.create())
	defer g.deleted("its filter")
	text, err := os.ReadFile(g.dir + "/config.json")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Linux struct{ Seccomp map[string]any }
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	if !same {
		c.Linux.Seccomp["syscalls"] = append(c.Linux.Seccomp["syscalls"].([]any), map[string]any{"names": []string{"mkdir"}, "action": "SCMP_ACT_ALLOW"})
	}
	out, err := json.Marshal(c.Linux.Seccomp)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestShimGateCannotTell has what the gate cannot hold against anything: it
// guesses at nothing.
func TestShimGateCannotTell(t *testing.T) {
	t.Parallel()
	s := gatedDoor(t, attackPolicy)
	noNew := map[string]string{"PROCESS": `"noNewPrivileges":true,`}

	// runc has loaded the filter before the start, whatever it loads it by.
	g := newGated(t, s, "runc")
	g.write(g.pausing(noNew))
	g.must(os.WriteFile(g.dir+"/another.json", []byte(g.pausing(noNew)), 0o600), g.create())
	r := g.call("start", g.id)
	g.refused(r.err, errors.New("exit status 1"), "the kernel has loaded none")
	g.deleted("runc under noNewPrivileges")

	// crun has not: it is let go, and the record says so.
	g = newGated(t, s, "crun")
	g.write(g.pausing(noNew))
	g.must(g.create())
	if out := g.started("crun under noNewPrivileges"); !strings.Contains(out, "mkdir = -1 EPERM") {
		t.Errorf("crun under noNewPrivileges: %s", out)
	}
	if d := s.of(t, g.id); d.Result != "installed" || !strings.Contains(strings.Join(d.Notes, "\n"), "could not be verified at its start") {
		t.Errorf("crun under noNewPrivileges, on record: %+v", d)
	}
	g.deleted("crun under noNewPrivileges")
	// That it is late must have been decided on: to say so afterwards helps nothing.
	g = newGated(t, s, "crun")
	g.must(os.WriteFile(g.dir+"/another.json", []byte(g.pausing(noNew)), 0o600), g.create())
	r = g.call("start", g.id)
	g.refused(r.err, errors.New("exit status 1"), "the kernel has loaded none")
	g.deleted("crun, made late")

	// A container on which nothing was decided came in by no door.
	g = newGated(t, s, "runc")
	g.must(g.create(), os.RemoveAll(s.dir+"/run/starts"))
	r = g.call("start", g.id)
	g.refused(r.err, errors.New("exit status 1"), "nothing is kept of what was decided")
	g.must(os.MkdirAll(s.dir+"/run/starts", 0o700))
	g.deleted("nothing kept")
	// What others could have written counts for nothing.
	g = newGated(t, s, "runc")
	g.must(g.create(), os.Chmod(s.dir+"/run/starts", 0o755))
	r = g.call("start", g.id)
	g.refused(r.err, errors.New("exit status 1"), "others than root could have written it")
	g.must(os.Chmod(s.dir+"/run/starts", 0o700))
	g.deleted("open to others")

	// A runtime that does not say which process it is.
	g = newGated(t, s, "runc")
	g.must(g.create(), os.WriteFile(s.dir+"/stateless", nil, 0o600))
	r = g.call("start", g.id)
	g.refused(r.err, errors.New("exit status 1"), "it cannot be told whether its filter is what was decided on it: ask the runtime for its state")
	g.must(os.Remove(s.dir + "/stateless"))
	g.deleted("without a state")

	// Command lines that are not plain.
	g = newGated(t, s, "runc")
	g.must(g.create())
	for _, args := range [][]string{{"start", g.id, g.id}, {"start", "--", g.id}, {"-debug", "start", g.id}} {
		r = g.call(args...)
		if r.code != 1 || !strings.Contains(r.err, "seccompd refused the container") {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if out := g.call("state", g.id).out; !strings.Contains(out, `"created"`) {
		t.Errorf("after command lines that are not plain: %s", out)
	}
	g.started("plain")
	r = g.call("start", g.id) // it runs: that is the runtime's to say
	if r.code != 1 || strings.Contains(r.err, "seccompd") {
		t.Errorf("started twice: %+v", r)
	}
	g.deleted("plain")
	for _, args := range [][]string{{"start"}, {"start", "--help"}, {"start", "nothere"}} {
		g.p.same(t, args...)
	}
	if left, err := os.ReadFile(s.dir + "/decisions.jsonl"); err != nil || strings.Contains(string(left), "nothere") {
		t.Errorf("on record: %v %s", err, left)
	}
}

// TestShimGateInAudit denies nothing where the policy enforces nothing, and
// says what it would have.
func TestShimGateInAudit(t *testing.T) {
	t.Parallel()
	s := gatedDoor(t, strings.Replace(attackPolicy, "enforce", "audit", 1))
	g := newGated(t, s, "runc")
	own := map[string]string{"LINUX": `"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["rmdir"],"action":"SCMP_ACT_ERRNO"}]},`}
	g.write(g.pausing(own))
	g.must(os.WriteFile(g.dir+"/another.json", []byte(g.pausing(nil)), 0o600), g.create())
	g.started("in audit")
	if d := s.of(t, g.id); d.Result != "audited" || !d.WouldRefuse || !strings.Contains(d.Would, "the kernel has loaded none") {
		t.Errorf("on record: %+v", d)
	}
	g.deleted("in audit")

	// What the policy keeps is held to what it was.
	s.apply(t, "mode: enforce\ndefault: {action: keep}\n")
	for _, another := range []map[string]string{own, nil} {
		g := newGated(t, s, "runc")
		g.write(g.pausing(own))
		g.must(os.WriteFile(g.dir+"/another.json", []byte(g.pausing(another)), 0o600), g.create())
		if another != nil {
			g.started("kept as it was")
		} else {
			r := g.call("start", g.id)
			g.refused(r.err, errors.New("exit status 1"), "the kernel has loaded none")
		}
		g.deleted("kept")
	}
}

// TestShimGatePods has an engine show why a container of a pod does not start,
// and clean up after it.
func TestShimGatePods(t *testing.T) {
	t.Parallel()
	s := gatedDoor(t, attackPolicy)
	n := newNode(t, withDoor(s, node.Options{}))
	pod := runPod(t, n, node.PodSpec{})
	answers, err := pod.Probe(t.Context(), node.ContainerSpec{}, "mkdir")
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "as decided", answers, map[string]string{"mkdir": "EPERM"})
	if err := os.WriteFile(s.dir+"/strip", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused := func(c *node.Container, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "seccompd refused the container: its filter is not what was decided on it: the configuration has a filter, and the kernel has loaded none") {
			t.Errorf("changed behind the door: %v %v", c, err)
		}
	}
	refused(pod.Run(t.Context(), node.ContainerSpec{Name: "changed"}))
	if _, err := n.RunPod(t.Context(), node.PodSpec{}); err == nil || !strings.Contains(err.Error(), "seccompd refused the container") {
		t.Errorf("a pause container that was changed: %v", err)
	}
	s.configure(t, nil)
	answers, err = pod.Probe(t.Context(), node.ContainerSpec{Name: "control"}, "mkdir")
	if err != nil || answers["mkdir"].String() != "EFAULT" {
		t.Errorf("control: without the gate: %v %v", answers, err)
	}
	s.configure(t, map[string]any{"verifyStart": true})
	if err := os.Remove(s.dir + "/strip"); err != nil {
		t.Fatal(err)
	}
	if _, err := pod.Run(t.Context(), node.ContainerSpec{Name: "again"}); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(s.dir + "/run/starts"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
