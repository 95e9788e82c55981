package integration_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// answering is a configuration of a program that asks for mkdir and exits with 7.
func (b *bareBundle) answering(at map[string]string) string {
	return strings.Replace(b.config(at), `"exit:0"`, `"exit:7"`, 1)
}

// runs runs the container in one command.
func (g *gated) runs(args ...string) result {
	g.t.Helper()
	return g.call(append(append([]string{"run", "--bundle", g.dir}, args...), g.id)...)
}

// absent says that there is no such container, and nothing kept for one.
func (g *gated) absent(what string) {
	g.t.Helper()
	if r := g.call("state", g.id); r.code == 0 {
		g.t.Errorf("%s: there still is %s", what, r.out)
	}
	if left, err := os.ReadDir(g.s.dir + "/run/starts"); err != nil || len(left) > 0 {
		g.t.Errorf("%s: left behind: %v %v", what, left, err)
	}
}

// TestShimGateRun has the gate in the middle of run: it does what run does, and
// a container that was changed behind the door does not come to run. Without
// the gate it does.
func TestShimGateRun(t *testing.T) {
	t.Parallel()
	s := gatedDoor(t, attackPolicy)
	for _, runtime := range []string{"runc", "crun"} {
		g := newGated(t, s, runtime)
		g.write(g.answering(nil))
		if r := g.runs(); r.code != 7 || !strings.Contains(r.out, "mkdir = -1 EPERM") || r.err != "" {
			t.Errorf("%s, as decided: %+v", runtime, r)
		}
		g.absent(runtime + ", as decided")
		if d := s.of(t, g.id); d.Result != "installed" || strings.Contains(strings.Join(d.Notes, "\n"), "could not be verified") {
			t.Errorf("%s, on record: %+v", runtime, d)
		}

		g = newGated(t, s, runtime)
		g.write(g.answering(nil))
		g.must(os.WriteFile(s.dir+"/strip", nil, 0o600))
		r := g.runs()
		if r.code != 1 || r.out != "" {
			t.Errorf("%s, changed behind the door: %+v", runtime, r)
		}
		g.refused(r.err, errors.New("exit status 1"), "the kernel has loaded none")
		g.absent(runtime + ", changed behind the door")
		if d := s.of(t, g.id); d.Result != "refused" || d.Reason != "loaded" {
			t.Errorf("%s, on record: %+v", runtime, d)
		}
		if r = g.runs("--detach"); r.code != 1 || !strings.Contains(r.err, "the kernel has loaded none") {
			t.Errorf("%s, detached: %+v", runtime, r)
		}
		g.absent(runtime + ", detached")
		s.configure(t, map[string]any{"verifyStart": false})
		g.write(g.answering(nil))
		if out, err := exec.Command("sed", "-i", `s/a" != create/a" != run/`, s.dir+"/behind/"+runtime).CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
		if r = g.runs(); r.code != 7 || !strings.Contains(r.out, "mkdir = -14 EFAULT") {
			t.Errorf("%s, control: the gate is off, and mkdir does not come through: %+v", runtime, r)
		}
		s.configure(t, map[string]any{"verifyStart": true})
		if out, err := exec.Command("sed", "-i", `s/a" != run/a" != create/`, s.dir+"/behind/"+runtime).CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
		g.must(os.Remove(s.dir + "/strip"))
	}
}

// TestShimGateRunIsRun holds what the door does of run itself against what the
// runtime does.
func TestShimGateRunIsRun(t *testing.T) {
	t.Parallel()
	s := gatedDoor(t, attackPolicy)
	for _, runtime := range []string{"runc", "crun"} {
		for name, send := range map[string]func(g *gated, run *exec.Cmd) error{
			"a signal": func(_ *gated, run *exec.Cmd) error { return run.Process.Signal(syscall.SIGTERM) },
			"an end":   func(g *gated, _ *exec.Cmd) error { g.call("kill", g.id, "KILL"); return nil },
		} {
			codes := map[string]int{}
			for _, way := range []string{"with", "without"} {
				g := newGated(t, s, runtime)
				program := map[string]string{"with": g.p.door, "without": g.p.direct}[way]
				run := g.p.command(t.Context(), program, append(append([]string{"--root", g.state}, g.p.args...), "run", "--bundle", g.dir, g.id)...)
				if err := run.Start(); err != nil {
					t.Fatal(err)
				}
				waitFor(t, "it runs", func() bool { return strings.Contains(g.call("state", g.id).out, `"running"`) })
				if err := send(g, run); err != nil {
					t.Fatal(err)
				}
				_ = run.Wait() // its status is what counts
				codes[way] = run.ProcessState.ExitCode()
				g.absent(runtime + ", " + name + ", " + way)
			}
			if codes["with"] != codes["without"] || name == "an end" && codes["with"] != 137 {
				t.Errorf("%s: after %s run exits with %v", runtime, name, codes)
			}
		}

		g := newGated(t, s, runtime)
		if r := g.runs("--detach", "--pid-file", g.dir+"/pid"); r.code != 0 {
			t.Errorf("%s, detached: %+v", runtime, r)
		}
		if pid, err := os.ReadFile(g.dir + "/pid"); err != nil || !strings.Contains(g.call("state", g.id).out, `"pid": `+string(pid)) {
			t.Errorf("%s, detached: %s, %v", runtime, pid, err)
		}
		if out := g.call("exec", g.id, "/probe", "mkdir").out; !strings.Contains(out, "mkdir = -1 EPERM") {
			t.Errorf("%s, detached: %s", runtime, out)
		}
		g.deleted(runtime + ", detached")

		g = newGated(t, s, runtime)
		g.write(g.answering(nil))
		if r := g.runs("--keep"); r.code != 7 || !strings.Contains(g.call("state", g.id).out, `"stopped"`) {
			t.Errorf("%s, kept: %+v", runtime, r)
		}
		g.deleted(runtime + ", kept")

		// What cannot be created says so as it does with create.
		g = newGated(t, s, runtime)
		g.write(strings.Replace(g.answering(nil), `"/probe"`, `"/nothing"`, 1))
		with, without := g.runs(), g.p.run(g.p.direct, append(append([]string{"--root", g.state}, g.p.args...), "run", "--bundle", g.dir, g.id))
		if with.code == 0 || without.code == 0 || strings.Contains(with.err, "seccompd") || !strings.Contains(with.err, "/nothing") {
			t.Errorf("%s, no program: %+v, and without the door %+v", runtime, with, without)
		}
		g.absent(runtime + ", no program")

		// A terminal would have to be passed on.
		g = newGated(t, s, runtime)
		g.write(g.answering(map[string]string{"PROCESS": `"terminal":true,`}))
		r := g.runs()
		g.refused(r.err, errors.New("exit status 1"), "verifyStart is on, and run makes a terminal for it")
		g.absent(runtime + ", with a terminal")
	}

	// crun loads the filter at the start then: there is nothing to look at before.
	g := newGated(t, s, "crun")
	g.write(g.answering(map[string]string{"PROCESS": `"noNewPrivileges":true,`}))
	if r := g.runs(); r.code != 7 || !strings.Contains(r.out, "mkdir = -1 EPERM") {
		t.Errorf("crun under noNewPrivileges: %+v", r)
	}
	if d := s.of(t, g.id); !strings.Contains(strings.Join(d.Notes, "\n"), "could not be verified at its start") {
		t.Errorf("crun under noNewPrivileges, on record: %+v", d)
	}
	g.absent("crun under noNewPrivileges")

	// Where the policy enforces nothing, nothing is refused.
	s.apply(t, strings.Replace(attackPolicy, "enforce", "audit", 1))
	g = newGated(t, s, "runc")
	g.write(g.answering(nil))
	g.must(os.WriteFile(s.dir+"/strip", nil, 0o600))
	if r := g.runs(); r.code != 7 || !strings.Contains(r.out, "mkdir = -14 EFAULT") || strings.Contains(r.err, "seccompd") {
		t.Errorf("in audit: %+v", r)
	}
	if d := s.of(t, g.id); d.Result != "audited" {
		t.Errorf("in audit, on record: %+v", d)
	}
	g.absent("in audit")
}
