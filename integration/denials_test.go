package integration_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/denial"
)

// denyUnshare is a profile that answers unshare in one way and permits all else.
func denyUnshare(action specs.LinuxSeccompAction) specs.LinuxSeccomp {
	return specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86},
		Syscalls: []specs.LinuxSyscall{{Names: []string{"unshare"}, Action: action}},
	}
}

var denialActions = map[string]specs.LinuxSeccompAction{
	"errno": specs.ActErrno, "kill": specs.ActKillProcess, "log": specs.ActLog,
}

// denialNode is a node whose policy has a rule for each action, and logs.
func denialNode(t *testing.T) (*node.Node, *node.Daemon) {
	t.Helper()
	policy := policyText("enforce", "logDenials: true\nrules:\n- {name: quiet, match: {namespaces: [quiet]}, logDenials: false, action: replace, profile: {type: Localhost, localhostProfile: errno.json}}\n")
	for name := range denialActions {
		policy += fmt.Sprintf("- {name: the-%[1]s-rule, match: {namespaces: [%[1]s]}, action: replace, profile: {type: Localhost, localhostProfile: %[1]s.json}}\n", name)
	}
	n := newNode(t, allMeasures())
	src := newSource(t, n, policy)
	for name, action := range denialActions {
		writeJSON(t, filepath.Join(src.profiles, name+".json"), denyUnshare(action))
	}
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	needAudit(t, d)
	return n, d
}

// needAudit fails where the daemon cannot read records: the test is about nothing else.
func needAudit(t *testing.T, d *node.Daemon) {
	t.Helper()
	var s denial.Status
	var err error
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if s, err = denial.ReadStatus(d.Options.RunDir); err == nil && s.Reading {
			return
		}
	}
	t.Fatalf("the daemon reads no audit records on this machine, which needs a kernel with CONFIG_AUDIT, CAP_AUDIT_READ and the first namespaces: %v, %q", err, s.Error)
}

// followed are the lines of seccompctl denials --follow, as they come. With --since it begins with what the log has already: how
// soon it starts makes no difference.
type followed struct {
	lines chan denial.Denial
	seen  []denial.Denial
}

func follow(t *testing.T, d *node.Daemon, args ...string) *followed {
	t.Helper()
	cmd, err := d.Ctl(context.WithoutCancel(t.Context()), append([]string{"denials", "--denials", d.Options.Denials, "--follow", "--since", "1h", "-o", "json"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("denials --follow, interrupted: %v", err)
		}
	})
	f := &followed{lines: make(chan denial.Denial, 1<<16)}
	go func() {
		defer close(f.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			var one denial.Denial
			if json.Unmarshal(scan.Bytes(), &one) == nil {
				f.lines <- one
			}
		}
	}()
	return f
}

func denialsCmd(t *testing.T, d *node.Daemon, args ...string) *exec.Cmd {
	t.Helper()
	cmd, err := d.Ctl(t.Context(), append([]string{"denials", "--denials", d.Options.Denials}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// wait returns the sum of the counts that match once there are as many as wanted, or when none has come for long. Denials of others on
// the machine come meanwhile.
func (f *followed) wait(want uint64, match func(denial.Denial) bool) uint64 {
	sum := uint64(0)
	for _, one := range f.seen {
		if match(one) {
			sum += one.Count
		}
	}
	late := time.NewTimer(settle)
	for sum < want {
		select {
		case one, ok := <-f.lines:
			if !ok {
				return sum
			}
			f.seen = append(f.seen, one)
			if match(one) {
				sum += one.Count
				late.Reset(settle)
			}
		case <-late.C:
			return sum
		}
	}
	return sum
}

// TestDenials makes a call that is denied, by each action and each ABI, in the first process of a container and in a
// process that is started later, all of which have exited when somebody asks.
func TestDenials(t *testing.T) {
	n, d := denialNode(t)
	f := follow(t, d)
	for name, action := range denialActions {
		pod := runPod(t, n, node.PodSpec{Namespace: name})
		c, err := pod.Run(t.Context(), node.ContainerSpec{})
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		if _, err := c.Probe(t.Context(), "64:272:0", "32:310:0"); err != nil {
			t.Fatal(err)
		}
		for _, arch := range []specs.Arch{specs.ArchX86_64, specs.ArchX86} {
			is := func(one denial.Denial) bool {
				return one.Container.ID == c.ID && one.Container.Rule == "the-"+name+"-rule" && one.Container.Profile == name+".json" &&
					one.Container.Namespace == name && one.Container.Pod == pod.Name() && one.Container.Name == c.Name() && one.Container.Image != "" &&
					one.Syscall == "unshare" && one.Arch == arch && one.Action == action && one.Exe == "/probe"
			}
			if got := f.wait(1, is); got != 1 {
				t.Errorf("%s on %s: %d denials of the container are followed, want 1: %+v", name, arch, got, f.seen)
			}
		}
		t.Logf("%s: followed after %v, the exec among it", name, time.Since(started))
	}
	// A rule of its own says no.
	pod := runPod(t, n, node.PodSpec{Namespace: "quiet"})
	answers, err := pod.Probe(t.Context(), node.ContainerSpec{}, "64:272:0")
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "quiet", answers, map[string]string{"64:272:0": "EPERM"})
	for _, one := range f.seen {
		// The daemon reads of the whole machine: other tests may be denied calls too.
		if one.Container.Namespace == "quiet" || one.Unattributed() && one.Exe == "/probe" && one.Syscall == "unshare" {
			t.Errorf("nobody asked for %+v", one)
		}
	}
}

// TestDenialsOfShortLives is a shell in a container that starts program after program, each of which is denied a call and
// exits, while names of programs are hostile to terminals.
func TestDenialsOfShortLives(t *testing.T) {
	n, d := denialNode(t)
	pod := runPod(t, n, node.PodSpec{Namespace: "kill"})
	c, err := pod.Run(t.Context(), node.ContainerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	f := follow(t, d, "--container", c.ID)
	const times = 200
	script := fmt.Sprintf("printf 'x' >/tmp/a; cp /probe \"/tmp/$(printf 'e\\033[31mvil')\"; i=0; while [ $i -lt %d ]; do \"/tmp/$(printf 'e\\033[31mvil')\" 64:272:0; i=$((i+1)); done", times)
	if _, err := c.Exec(t.Context(), "sh", "-c", script); err != nil {
		t.Fatal(err)
	}
	is := func(one denial.Denial) bool { return one.Syscall == "unshare" && strings.Contains(one.Exe, "\x1b") }
	if got := f.wait(times, is); got != times {
		t.Errorf("%d denials, want %d: %+v", got, times, f.seen)
	}
	for _, form := range []string{"table", "json", "yaml"} {
		out, err := denialsCmd(t, d, "-o", form).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if strings.ContainsRune(string(out), '\x1b') || !strings.Contains(string(out), "vil") {
			t.Errorf("-o %s prints\n%q", form, out)
		}
	}
	out, err := os.ReadFile(d.Options.Denials)
	if err != nil || strings.ContainsRune(string(out), '\x1b') {
		t.Errorf("the log is %q, %v", out, err)
	}
	if st, err := os.Stat(d.Options.Denials); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the log has mode %v, %v", st.Mode(), err)
	}
}

// TestDenialsSuggest pastes what is suggested into the policy, and the call is permitted.
func TestDenialsSuggest(t *testing.T) {
	n, d := denialNode(t)
	pod := runPod(t, n, node.PodSpec{Namespace: "errno"})
	c, err := pod.Run(t.Context(), node.ContainerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	f := follow(t, d)
	answers, err := c.Probe(t.Context(), "64:272:0")
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "before", answers, map[string]string{"64:272:0": "EPERM"})
	if f.wait(1, func(one denial.Denial) bool { return one.Container.ID == c.ID }) != 1 {
		t.Fatalf("not denied: %+v", f.seen)
	}
	cmd := denialsCmd(t, d, "--suggest", "--container", c.ID, "-o", "json", "--decisions", d.Options.Decisions)
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		Suggestions []struct {
			Options []struct{ Kind, YAML string }
		}
	}
	if err := json.Unmarshal(text, &a); err != nil || len(a.Suggestions) != 1 || a.Suggestions[0].Options[0].Kind != "rule" {
		t.Fatalf("suggested: %s, %v", text, err)
	}
	old, err := os.ReadFile(d.Options.Policy)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(old), "rules:\n", "rules:\n"+a.Suggestions[0].Options[0].YAML, 1)
	if err := replaceFile(d.Options.Policy, changed); err != nil {
		t.Fatal(err)
	}
	apply, err := d.Ctl(t.Context(), "apply")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("apply: %v\n%s", err, out)
	}
	attempt := uint32(0)
	waitFor(t, "the call is permitted with what was suggested", func() bool {
		attempt++
		again, err := pod.Run(t.Context(), node.ContainerSpec{Name: c.Name(), Attempt: attempt})
		if err != nil {
			t.Fatal(err)
		}
		answers, err := again.Probe(t.Context(), "64:272:0")
		if err != nil {
			t.Fatal(err)
		}
		return answers["64:272:0"].Errno() != unix.EPERM
	})
}

// TestDenialsTrace shows arguments, by both ABIs, of calls that are denied while somebody watches.
func TestDenialsTrace(t *testing.T) {
	n := newNode(t, node.Options{})
	filter := denyUnshare(specs.ActErrno)
	path, err := n.WriteProfile("errno.json", filter)
	if err != nil {
		t.Fatal(err)
	}
	pod := runPod(t, n, node.PodSpec{})
	c, err := pod.Run(t.Context(), node.ContainerSpec{Seccomp: node.Localhost(path)})
	if err != nil {
		t.Fatal(err)
	}
	d := n.Daemon(node.DaemonOptions{Policy: filepath.Join(n.Dir(), "none.yaml")})
	longEnough(t, 5*time.Second, func(t *testing.T, open time.Duration) bool { return traced(t, d, c, open) })
}

// traced makes calls in a container for as long as it is watched, and reports whether they were seen: not so where the machine is too
// slow to make them meanwhile.
func traced(t *testing.T, d *node.Daemon, c *node.Container, open time.Duration) bool {
	t.Helper()
	cmd, err := d.Ctl(t.Context(), "denials", "--trace", c.ID[:12], "--for", open.String(), "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir = filepath.Dir(d.Options.Policy)
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); err = cmd.Wait() }()
	for watched := true; watched; {
		if _, err := c.Probe(t.Context(), "64:272:0x20000,7", "32:310:0x40000,9"); err != nil {
			t.Error(err)
		}
		select {
		case <-ended:
			watched = false
		default:
		}
	}
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	var a struct {
		Container string
		Calls     []struct {
			Syscall, Errno, Comm string
			Arch                 specs.Arch
			Args                 [6]uint64
			Count                int
		}
	}
	if err := json.Unmarshal([]byte(out.String()), &a); err != nil {
		t.Fatalf("%s: %v", out.String(), err)
	}
	t.Logf("%s%s", said.String(), out.String())
	want := map[specs.Arch][2]uint64{specs.ArchX86_64: {0x20000, 7}, specs.ArchX86: {0x40000, 9}}
	for _, call := range a.Calls {
		if call.Syscall == "unshare" && call.Errno == "EPERM" && call.Comm == "probe" && [2]uint64(call.Args[:2]) == want[call.Arch] {
			delete(want, call.Arch)
		}
	}
	if a.Container != c.ID {
		t.Errorf("watched: %s, want %s", a.Container, c.ID)
	}
	return len(want) == 0
}
