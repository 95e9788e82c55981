package integration_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// realWorkload is a program of the distribution, with a profile that denies calls which it needs and some that it does
// not make.
type realWorkload struct {
	name   string
	args   []string
	needs  []string // of what the profile denies
	others []string
	// closed says that the profile denies by default, and lists what it permits.
	closed bool
	// config is a file that it reads, /data/NAME.conf. ask is what a client says in the container, and answer what it must be
	// told.
	config, ask, answer string
}

func realWorkloads(t *testing.T) []realWorkload {
	web, db := freePort(t), freePort(t)
	return []realWorkload{
		{
			name: "web", needs: []string{"accept4", "sendfile"}, others: []string{"keyctl", "kexec_load"},
			args: []string{"/usr/sbin/nginx", "-e", "stderr", "-c", "/data/web.conf"},
			config: "user root; daemon off; worker_processes 2; pid /tmp/nginx.pid; events {}\nhttp { access_log off; sendfile on; " +
				"client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;\n" +
				fmt.Sprintf("server { listen 127.0.0.1:%d; root /data; } }\n", web),
			ask: fmt.Sprintf("wget -q -O - http://127.0.0.1:%d/index.html", web), answer: "it works",
		},
		{
			name: "db", closed: true, needs: []string{"accept4", "epoll_create"}, others: []string{"keyctl", "swapon"},
			args: []string{"/data/redis-server", "--port", fmt.Sprint(db), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"},
			ask:  fmt.Sprintf("printf 'SET a 1\\r\\nGET a\\r\\nQUIT\\r\\n' | nc 127.0.0.1 %d", db), answer: "+OK\r\n$1\r\n1\r\n+OK",
		},
	}
}

// tooNarrow is a profile that denies some calls, by naming them or by naming all others.
func (w realWorkload) tooNarrow() specs.LinuxSeccomp {
	f := specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86},
		Syscalls: []specs.LinuxSyscall{{Names: slices.Concat(w.needs, w.others), Action: specs.ActErrno}},
	}
	if w.closed {
		f.DefaultAction, f.Syscalls = specs.ActErrno, []specs.LinuxSyscall{{Action: specs.ActAllow}}
		table, _ := syscalls.Table(specs.ArchX86_64)
		for _, name := range table.Names() {
			if !slices.Contains(w.needs, name) && !slices.Contains(w.others, name) {
				f.Syscalls[0].Names = append(f.Syscalls[0].Names, name)
			}
		}
	}
	return f
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// workloadFiles returns where the distribution's programs are, and makes what they read.
func workloadFiles(t *testing.T, n *node.Node) (root, data string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "sh", "workloads.sh").CombinedOutput(); err != nil {
		t.Fatalf("fetch nginx and redis: %v\n%s", err, out)
	}
	root, err := filepath.Abs("../.build/workloads")
	if err != nil {
		t.Fatal(err)
	}
	data = filepath.Join(n.Dir(), "data")
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(data, "index.html"), strings.Repeat("it works\n", 4096))
	writeFile(t, filepath.Join(data, "passwd"), "root:x:0:0::/:/bin/sh\n")
	writeFile(t, filepath.Join(data, "group"), "root:x:0:\n")
	if err := os.Symlink("/usr/bin/redis-check-rdb", filepath.Join(data, "redis-server")); err != nil {
		t.Fatal(err)
	}
	return root, data
}

func (w realWorkload) run(t *testing.T, n *node.Node, root, data string, attempt uint32) *node.Container {
	t.Helper()
	writeFile(t, filepath.Join(data, w.name+".conf"), w.config)
	pod := runPod(t, n, node.PodSpec{Namespace: w.name})
	c, err := pod.Run(t.Context(), node.ContainerSpec{Name: w.name, Args: w.args, Attempt: attempt, Mounts: []node.Mount{
		{Host: root + "/usr", Container: "/usr", ReadOnly: true},
		{Host: root + "/lib", Container: "/lib", ReadOnly: true},
		{Host: root + "/lib64", Container: "/lib64", ReadOnly: true},
		{Host: data, Container: "/data", ReadOnly: true},
		{Host: data + "/passwd", Container: "/etc/passwd", ReadOnly: true},
		{Host: data + "/group", Container: "/etc/group", ReadOnly: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(settle); ; {
		out, err := c.Exec(t.Context(), "/bin/sh", "-c", w.ask)
		if err == nil && strings.Contains(out, w.answer) {
			break
		}
		if time.Now().After(end) {
			logs, _ := c.Logs()
			t.Fatalf("%s does not work: %v\n%s\n%s", w.name, err, out, logs)
		}
		time.Sleep(200 * time.Millisecond)
	}
	return c
}

// TestReport audits real workloads under profiles that are too narrow for them: they work, the report names the calls that
// they need and no others, and with what it suggests they work when it is enforced, and are denied nothing.
func TestReport(t *testing.T) {
	n := newNode(t, allMeasures())
	workloads := realWorkloads(t)
	policy := policyText("audit", "logDenials: true\nrules:\n")
	for _, w := range workloads {
		policy += fmt.Sprintf("- name: %[1]s\n  match: {namespaces: [%[1]s]}\n  action: replace\n  profile: {type: Localhost, localhostProfile: %[1]s.json}\n", w.name)
	}
	src := newSource(t, n, policy)
	for _, w := range workloads {
		writeJSON(t, filepath.Join(src.profiles, w.name+".json"), w.tooNarrow())
	}
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	needAudit(t, d)
	root, data := workloadFiles(t, n)
	f := follow(t, d)
	for _, w := range workloads {
		c := w.run(t, n, root, data, 0)
		for _, call := range w.needs {
			if f.wait(1, func(one denial.Denial) bool {
				return one.Container.ID == c.ID && one.Syscall == call && one.Action == specs.ActLog
			}) == 0 {
				t.Errorf("%s: %s is not logged: %+v", w.name, call, f.seen)
			}
		}
		if err := c.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	a := report(t, d)
	for _, w := range workloads {
		r := a.rule(t, w.name)
		if r.Enforce != "no" || len(r.Workloads) != 1 {
			t.Fatalf("%s: %+v", w.name, r)
		}
		var calls []string
		for _, c := range r.Workloads[0].Calls {
			calls = append(calls, c.Syscall)
		}
		if !slices.Equal(calls, w.needs) {
			t.Errorf("%s: the report names %q, want %q", w.name, calls, w.needs)
		}
		options := r.Workloads[0].Suggested.Options
		i := slices.IndexFunc(options, func(o reportOption) bool { return o.Kind == "profile" })
		if i < 0 {
			t.Fatalf("%s: suggested: %+v", w.name, options)
		}
		policy = strings.Replace(policy, fmt.Sprintf("profile: {type: Localhost, localhostProfile: %s.json}\n", w.name), options[i].YAML, 1)
	}
	policy = strings.Replace(policy, "mode: audit", "mode: enforce", 1)
	if err := replaceFile(src.policy, policy); err != nil {
		t.Fatal(err)
	}
	apply, err := d.Ctl(t.Context(), "apply")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("apply: %v\n%s\n%s", err, out, policy)
	}
	if err := d.Restart(t.Context()); err != nil { // by what was applied
		t.Fatal(err)
	}
	needAudit(t, d)
	for _, w := range workloads {
		c := w.run(t, n, root, data, 1)
		checkFilter(t, c, string(w.tooNarrow().DefaultAction))
		if got := f.wait(0, func(one denial.Denial) bool { return one.Container.ID == c.ID }); got != 0 {
			t.Errorf("%s is denied: %+v", w.name, f.seen)
		}
		time.Sleep(2 * time.Second) // what is denied is followed within a second
		for _, one := range f.drain() {
			if one.Container.ID == c.ID {
				t.Errorf("%s is denied: %+v", w.name, one)
			}
		}
		// The control: what is still denied there is followed.
		if _, err := c.Probe(t.Context(), "keyctl"); err != nil {
			t.Fatal(err)
		}
		is := func(one denial.Denial) bool {
			return one.Container.ID == c.ID && one.Syscall == "keyctl" && one.Action == specs.ActErrno
		}
		if f.wait(1, is) != 1 {
			t.Errorf("control: %s was denied keyctl, and that is not followed: %+v", w.name, f.seen)
		}
	}
}

// drain returns what has come and was not looked at.
func (f *followed) drain() (out []denial.Denial) {
	for {
		select {
		case one := <-f.lines:
			out = append(out, one)
		default:
			return out
		}
	}
}

type reportOption struct{ Kind, YAML string }

type reportAnswer struct {
	Rules []reportRule
}

type reportRule struct {
	Rule, Enforce string
	Workloads     []struct {
		Calls     []struct{ Syscall string }
		Suggested struct{ Options []reportOption }
	}
}

func (a reportAnswer) rule(t *testing.T, name string) reportRule {
	t.Helper()
	i := slices.IndexFunc(a.Rules, func(r reportRule) bool { return r.Rule == name })
	if i < 0 {
		t.Fatalf("no rule %s in %+v", name, a)
	}
	return a.Rules[i]
}

func report(t *testing.T, d *node.Daemon) (a reportAnswer) {
	t.Helper()
	cmd, err := d.Ctl(t.Context(), "report", "-o", "json", "--denials", d.Options.Denials, "--decisions", d.Options.Decisions)
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Fatalf("exit code %d, want 1, since there is something to change: %v\n%s", code, err, out)
	}
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	return a
}
