package integration_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
)

// oldMain is a main file as containerd 1.7 made it: no imports, and NRI off.
const oldMain = `disabled_plugins = []
imports = []
version = 2

[plugins]
  [plugins."io.containerd.nri.v1.nri"]
    disable = true
`

// What is for Grafana and Prometheus is put where it is found, and not into those.
const (
	dashboard = "/usr/local/share/seccompd/grafana/seccompd.json"
	alerts    = "/usr/local/share/seccompd/prometheus/seccompd.rules.yaml"
)

// TestInstallStaged installs into a directory, twice, and takes everything out again.
func TestInstallStaged(t *testing.T) {
	for name, before := range map[string]map[string]string{
		"an empty directory":   {},
		"a node with 1.7 once": {"etc/containerd/config.toml": oldMain, "usr/local/bin/other": "x", "etc/containerd/conf.d/10-x.toml": "version = 2\n"},
		"its own policy":       {"etc/seccompd/policy.yaml": "apiVersion: seccompd/v1\nkind: NodePolicy\nmode: audit\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dest, script := t.TempDir(), release(t)
			writeTree(t, dest, before)
			original := readTree(t, dest)
			out := installed(t, script, 0, "--destdir", dest, "--dry-run")
			sameTree(t, "a dry run", original, readTree(t, dest))
			if strings.Contains(out, "installed into") {
				t.Errorf("a dry run says that something was installed:\n%s", out)
			}
			for _, want := range []string{"would install /usr/local/bin/seccompd", "+  disable = false", "would install " + dashboard, "would install " + alerts} {
				if !strings.Contains(out, want) {
					t.Errorf("a dry run does not say %q:\n%s", want, out)
				}
			}
			installed(t, script, 0, "--destdir", dest)
			once := readTree(t, dest)
			for path, from := range map[string]string{dashboard: "../config/grafana/seccompd.json", alerts: "../config/prometheus/seccompd.rules.yaml"} {
				if got, err := os.ReadFile(dest + path); err != nil || !bytes.Equal(got, readFile(t, from)) {
					t.Errorf("%s: %v, %d bytes", path, err, len(got))
				}
			}
			for _, path := range []string{"usr/local/bin/seccompd", "etc/seccompd/policy.yaml", "usr/local/lib/systemd/system/seccompd.service", "etc/containerd/conf.d/50-seccompd.toml"} {
				if once[path] == "" {
					t.Errorf("%s is not installed", path)
				}
			}
			if strings.Contains(once["etc/containerd/conf.d/50-seccompd.toml"], "required_plugins") {
				t.Error("an installation in audit fails closed")
			}
			if out := installed(t, script, 0, "--destdir", dest); !strings.Contains(out, "nothing changes") {
				t.Errorf("a second installation does not say that nothing changes:\n%s", out)
			}
			sameTree(t, "a second installation", once, readTree(t, dest))
			installed(t, script, 0, "--destdir", dest, "--uninstall", "--dry-run")
			sameTree(t, "a dry run of the uninstallation", once, readTree(t, dest))
			installed(t, script, 0, "--destdir", dest, "--uninstall")
			sameTree(t, "the uninstallation", original, readTree(t, dest))
			if out := installed(t, script, 0, "--destdir", dest, "--uninstall"); !strings.Contains(out, "nothing changes") {
				t.Errorf("a second uninstallation does not say that nothing changes:\n%s", out)
			}
		})
	}
}

// TestInstallKeepsAnEditedPolicy never overwrites it and never removes it, unless told to.
func TestInstallKeepsAnEditedPolicy(t *testing.T) {
	dest, script := t.TempDir(), release(t)
	original := readTree(t, dest)
	installed(t, script, 0, "--destdir", dest)
	path := filepath.Join(dest, "etc/seccompd/policy.yaml")
	edited := append(readFile(t, path), "# edited\n"...)
	writeTree(t, dest, map[string]string{"etc/seccompd/policy.yaml": string(edited)})
	for _, args := range [][]string{{}, {"--uninstall"}, {"--uninstall"}, {}} {
		out := installed(t, script, 0, append(args, "--destdir", dest)...)
		if got := readFile(t, path); !bytes.Equal(got, edited) {
			t.Errorf("install.sh %q changed an edited policy to %q", args, got)
		}
		if len(args) == 0 && !strings.Contains(out, "which is yours") {
			t.Errorf("install.sh %q does not say that it kept the policy:\n%s", args, out)
		}
	}
	// It was found there the last time, so it is not ours.
	installed(t, script, 0, "--uninstall", "--purge", "--destdir", dest)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("purging removed a policy that was found there: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dest, "etc")); err != nil {
		t.Fatal(err)
	}
	installed(t, script, 0, "--destdir", dest)
	writeTree(t, dest, map[string]string{"etc/seccompd/policy.yaml": string(edited), "var/log/seccompd/decisions.jsonl": "{}\n"})
	installed(t, script, 0, "--uninstall", "--purge", "--destdir", dest)
	if err := os.RemoveAll(filepath.Join(dest, "var")); err != nil { // the log's directory was not ours to make
		t.Fatal(err)
	}
	sameTree(t, "purging", original, readTree(t, dest))
}

// TestInstallStopsHalfway remembers what it made, so that it can be taken out, and finished.
func TestInstallStopsHalfway(t *testing.T) {
	for _, after := range []string{"taken out", "run again"} {
		t.Run(after, func(t *testing.T) {
			dest, script := t.TempDir(), release(t)
			const inTheWay = "usr/local/share/seccompd/policies" // after the programs
			writeTree(t, dest, map[string]string{"usr/local/bin/other": "x"})
			original := readTree(t, dest)
			writeTree(t, dest, map[string]string{inTheWay: "no directory"})
			out := installed(t, script, 1, "--destdir", dest)
			if !strings.Contains(out, "install.sh: this stopped halfway") {
				t.Errorf("it does not say that it stopped halfway:\n%s", out)
			}
			if err := os.RemoveAll(filepath.Join(dest, "usr/local/share")); err != nil {
				t.Fatal(err)
			}
			if after == "run again" {
				installed(t, script, 0, "--destdir", dest)
			}
			installed(t, script, 0, "--destdir", dest, "--uninstall")
			sameTree(t, "the uninstallation", original, readTree(t, dest))
		})
	}
}

// TestInstallRefuses names what is wrong in one line, and changes nothing.
func TestInstallRefuses(t *testing.T) {
	dest, script := t.TempDir(), release(t)
	old := filepath.Join(t.TempDir(), "containerd")
	const says = "#!/bin/sh\necho containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7\n"
	if err := os.WriteFile(old, []byte(says), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		args  []string
		want  string
	}{
		{"a containerd that is too old", nil, []string{"--containerd", old, "--no-runtime"}, "found 2.1.4, and seccompd needs 2.2 or later"},
		{"an engine that does not exist", nil, []string{"--engine", "dockr"}, "one of containerd, docker, podman, crio and all"},
		{"no door", nil, []string{"--no-nri", "--no-runtime"}, "leave no door"},
		{"an engine without NRI", nil, []string{"--engine", "docker", "--no-runtime"}, "only containerd has another door"},
		{"an unknown option", nil, []string{"--frobnicate"}, "unknown option --frobnicate"},
		{"enforcing in a directory", nil, []string{"--enforce"}, "run 'seccompctl enforce' there"},
		{"a relative directory", nil, []string{"--prefix", "usr"}, "must begin with /"},
		{"no runtime by that name", map[string]string{"opt/runc": ""}, []string{"--runtime", "/opt/runc"}, `--runtime cannot be "/opt/runc": it is not a program`},
		{"a file in the place of a directory", map[string]string{"usr/local": ""}, nil, "/usr/local is no directory"},
		{"a path that is no plain one", nil, []string{"--prefix", "/a|b\x1b[31m"}, "--prefix cannot be '/a|b?[31m'"},
		{"a program of that name", map[string]string{"usr/local/bin/seccompd": "not ours"}, nil, "move it out of the way"},
		{"a broken main file", map[string]string{"etc/containerd/config.toml": "version = 3\n[plugins\n"}, nil, "config.toml:2:9"},
		{"NRI disabled for good", map[string]string{"etc/containerd/config.toml": "version = 3\ndisabled_plugins = ['io.containerd.nri.v1.nri']\n"}, nil, "which no drop-in can take back"},
		{"a pre-registered plugin", map[string]string{"opt/nri/plugins/10-seccompd": ""}, []string{"--uninstall"}, "could not start without it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dest := filepath.Join(dest, strings.ReplaceAll(test.name, " ", "-"))
			writeTree(t, dest, test.files)
			before := readTree(t, dest)
			out := installed(t, script, -1, append(test.args, "--destdir", dest)...)
			if !strings.Contains(out, test.want) {
				t.Errorf("it says %q, want %q", out, test.want)
			}
			if test.name != "a program of that name" {
				sameTree(t, "the refusal", before, readTree(t, dest))
			}
		})
	}
}

// TestInstallOnANode goes through the life of an installation with a real containerd, in a mount namespace of its own:
// install, enforce, uninstall while that containerd still requires seccompd, restart, uninstall.
func TestInstallOnANode(t *testing.T) {
	m := newMachine(t)
	original := m.tree()
	m.install(1, "--containerd", "/nowhere/containerd")
	sameTree(t, "a refusal", original, m.tree())

	out := m.install(0)
	m.wants(out, "it reads this: proven by 'containerd config dump'", "put /etc/seccompd/policy.yaml in force", "systemd does not run here")
	if strings.Contains(out, "to do: restart containerd") {
		t.Errorf("NRI was on before, so there is nothing to restart:\n%s", out)
	}
	once := m.tree()
	m.wants(m.install(0), "nothing changes")
	sameTree(t, "a second installation", once, m.tree())
	m.wants(m.dump(), "disable = false", "required_plugins = []")

	m.wants(m.install(0, "--enforce"), "restart containerd")
	m.wants(m.dump(), "required_plugins = ['seccompd']")
	m.install(0) // and an upgrade does not leave enforce
	m.wants(m.dump(), "required_plugins = ['seccompd']")

	stop := m.containerd()
	m.wants(m.install(1, "--uninstall"), "requires seccompd, and then run this again")
	m.wants(m.dump(), "required_plugins = []") // the next start is safe already
	if m.tree()["usr/local/bin/seccompd"] == "" {
		t.Error("seccompd is gone while the running containerd requires it")
	}
	m.wants(m.install(1, "--uninstall"), "requires seccompd, and then run this again")
	stop()
	stop = m.containerd()
	m.install(0, "--uninstall")
	stop()
	sameTree(t, "the uninstallation", original, m.tree())
}

// TestInstallPutsAKeptPolicyInForce before an engine is told of the runtime door, which creates nothing without one: after an
// uninstallation only the policy's file is left.
func TestInstallPutsAKeptPolicyInForce(t *testing.T) {
	m := newMachine(t)
	door := []string{m.script, "--containerd", real(t, "containerd"), "--runtime", real(t, "runc")}
	const mine = "apiVersion: seccompd/v1\nkind: NodePolicy\nmode: audit\ndoors: [nri, runtime]\ndefault: {action: keep}\n"
	writeTree(t, m.dir, map[string]string{"etc/seccompd/policy.yaml": mine + "defaults: {}\n"})
	m.wants(m.run(1, door...), `no field "defaults"`, "could not be put in force, and no engine was told of the runtime door")
	if m.tree()["etc/containerd/conf.d/50-seccompd-runtime.toml"] != "" {
		t.Error("containerd was told of a door that creates nothing")
	}
	writeTree(t, m.dir, map[string]string{"etc/seccompd/policy.yaml": mine})
	for range 2 {
		m.wants(m.run(0, door...), "keep /etc/seccompd/policy.yaml, which is yours", "put /etc/seccompd/policy.yaml in force")
		m.wants(m.run(-1, "seccompctl", "status"), "in force  sha256:")
		m.run(0, door[0], "--uninstall")
	}
}

// TestInstallTellsSystemd starts the service once, and lets it be until something changes; containerd is restarted where it
// has to be, if that was allowed. What it is told is written down by a script in systemctl's place.
func TestInstallTellsSystemd(t *testing.T) {
	m := newMachine(t)
	writeTree(t, m.dir, map[string]string{"run/systemd/system/x": "", "usr/local/bin/systemctl": "#!/bin/sh\necho \"$*\" >>/run/told\n"})
	original := m.tree()
	for _, step := range []struct {
		args []string
		want string
	}{
		{nil, "daemon-reload\n-q enable seccompd\nrestart seccompd\n"},
		{nil, "-q is-enabled seccompd\n-q is-active seccompd\n"},
		{[]string{"--enforce", "--restart-containerd", "--dry-run"}, "-q is-enabled seccompd\n-q is-active seccompd\n"},
		{[]string{"--enforce", "--restart-containerd"}, "-q is-enabled seccompd\n-q is-active seccompd\nrestart containerd\n"},
		{[]string{"--uninstall", "--dry-run"}, "cat seccompd.service\n"},
		{[]string{"--uninstall", "--restart-containerd"}, "cat seccompd.service\n-q disable --now seccompd\ndaemon-reload\nrestart containerd\n"},
		{[]string{"--uninstall"}, "cat seccompd.service\n-q disable --now seccompd\ndaemon-reload\n"},
	} {
		told := filepath.Join(m.dir, "run/told")
		_ = os.Remove(told)
		m.install(0, step.args...)
		if got := string(readFile(t, told)); got != step.want {
			t.Errorf("install.sh %q told systemd\n%s, want\n%s", step.args, got, step.want)
		}
	}
	sameTree(t, "the uninstallation", original, m.tree())
}

// TestUninstallWithoutSeccompctl takes the file that fails closed away also where no seccompctl runs any more.
func TestUninstallWithoutSeccompctl(t *testing.T) {
	m := newMachine(t)
	original := m.tree()
	m.install(0, "--enforce")
	script := filepath.Join(t.TempDir(), "install.sh") // alone, without programs beside it
	if err := os.WriteFile(script, readFile(t, filepath.Join("..", "install.sh")), 0o755); err != nil {
		t.Fatal(err)
	}
	m.script = script
	m.run(0, "cp", "/bin/false", "/usr/local/bin/seccompctl")
	m.wants(m.install(1, "--uninstall"), "remove /etc/containerd/conf.d/50-seccompd.toml", "to do: restart containerd")
	m.wants(m.dump(), "required_plugins = []")
	m.install(0, "--uninstall", "--purge")
	left := m.tree()
	if main := left["etc/containerd/config.toml"]; !strings.Contains(main, "50-seccompd*.toml") {
		t.Errorf("the main file is %q", main)
	}
	delete(left, "etc/containerd/config.toml")
	delete(left, "etc/containerd/conf.d")
	delete(left, "etc/containerd")
	sameTree(t, "the uninstallation, but for an import without effect,", original, left)
}

// TestContainerdReadsWhatWasPlanned holds what was planned for each configuration of engineconf's tests against what the
// real containerd says that it reads.
func TestContainerdReadsWhatWasPlanned(t *testing.T) {
	archives, err := filepath.Glob("../internal/engineconf/testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no configurations", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			m := newMachine(t)
			golden := map[string]string{}
			files := map[string]string{}
			for _, part := range strings.Split(string(readFile(t, path)), "\n-- ")[1:] {
				name, text, _ := strings.Cut(part, "\n")
				name = strings.TrimSuffix(name, " --")
				if strings.Contains(name, "/") {
					files[name] = text + "\n"
				} else {
					golden[name] = text
				}
			}
			writeTree(t, m.dir, files)
			before := m.tree()
			refused := false
			for _, mode := range []string{"audit", "enforce"} {
				if golden[mode] == "" {
					t.Fatalf("no %s in %s", mode, path)
				}
				code := 0
				if strings.HasPrefix(golden[mode], "error: ") {
					code = -1
				}
				out := m.engine(code, mode)
				refused = refused || code != 0
				if code == 0 {
					m.wants(out, "proven by 'containerd config dump'")
				}
			}
			if !refused {
				m.engine(0, "off")
				sameTree(t, "off", before, m.tree())
			}
		})
	}
}

// machine is a mount namespace with directories of its own where an installation goes: /etc, /var/lib, /usr/local, /opt and
// /run. There is no systemd in it.
type machine struct {
	t      *testing.T
	dir    string
	script string
}

// places are the directories that a machine has of its own.
var places = []string{"etc", "var/lib", "var/log", "usr/local", "usr/libexec", "opt", "run"}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir(), script: release(t)}
	for _, place := range places {
		if err := os.MkdirAll(filepath.Join(m.dir, place), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// command is a command in the machine.
func (m *machine) command(args ...string) *exec.Cmd {
	var mounts strings.Builder
	for _, place := range places {
		fmt.Fprintf(&mounts, "mount --bind '%s/%s' /%s\n", m.dir, place, place)
	}
	cmd := exec.Command("sh", append([]string{"-ec", mounts.String() + `exec "$@"`, "sh"}, args...)...)
	cmd.Env = append(os.Environ(), "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	return cmd
}

// run runs a command in the machine and returns what it says. The code -1 is any but 0.
func (m *machine) run(code int, args ...string) string {
	m.t.Helper()
	return finish(m.t, m.command(args...), code)
}

func (m *machine) install(code int, args ...string) string {
	m.t.Helper()
	return m.run(code, append([]string{m.script, "--no-runtime", "--containerd", real(m.t, "containerd")}, args...)...)
}

func (m *machine) engine(code int, mode string) string {
	m.t.Helper()
	return m.run(code, real(m.t, "seccompctl"), "engine", mode, "--containerd", real(m.t, "containerd"))
}

func (m *machine) dump() string {
	m.t.Helper()
	dump := m.run(0, real(m.t, "containerd"), "config", "dump")
	_, nri, _ := strings.Cut(dump, "[plugins.'io.containerd.nri.v1.nri']")
	return nri
}

// containerd starts a containerd in the machine and returns what ends it.
func (m *machine) containerd() func() {
	m.t.Helper()
	cmd := m.command(real(m.t, "containerd"))
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	end := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = os.RemoveAll(filepath.Join(m.dir, "run/containerd"))
	}
	m.t.Cleanup(end)
	socket := filepath.Join(m.dir, "run/containerd/containerd.sock")
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			return end
		}
		if time.Since(start) > settle {
			m.t.Fatal("containerd does not start")
		}
	}
}

func (m *machine) wants(out string, want ...string) {
	m.t.Helper()
	for _, w := range want {
		if !strings.Contains(out, w) {
			m.t.Errorf("it does not say %q:\n%s", w, out)
		}
	}
}

// tree is what the machine holds; what a running containerd makes for itself is not looked at.
func (m *machine) tree() map[string]string {
	m.t.Helper()
	tree := readTree(m.t, m.dir)
	for path := range tree {
		if strings.HasPrefix(path, "run/") || strings.HasPrefix(path, "etc/cni") || strings.HasPrefix(path, "var/lib/containerd") || strings.HasPrefix(path, "opt/containerd") {
			delete(tree, path)
		}
	}
	return tree
}

// installed runs install.sh here and returns what it says.
func installed(t *testing.T, script string, code int, args ...string) string {
	t.Helper()
	return finish(t, exec.Command(script, args...), code)
}

// release lays install.sh out as a release does, with its programs and its configuration beside it, and returns its path.
func release(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "config"), os.DirFS("../config")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for to, from := range map[string]string{
		"install.sh": "../install.sh", "bin/seccompd": real(t, "seccompd"), "bin/seccompctl": real(t, "seccompctl"),
		"bin/seccompd-runtime": real(t, "seccompd-runtime"), "bin/seccompd-hook": real(t, "seccompd-hook"),
	} {
		if err := os.WriteFile(filepath.Join(dir, to), readFile(t, from), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "install.sh")
}

func finish(t *testing.T, cmd *exec.Cmd, code int) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if got != code && (code != -1 || got == 0) {
		t.Fatalf("%q ended with %d, want %d:\n%s", cmd.Args, got, code, out)
	}
	return string(out)
}

func real(t *testing.T, name string) string {
	t.Helper()
	path, err := node.Binary(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeTree(t *testing.T, root string, files map[string]string) {
	t.Helper()
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		perm := fs.FileMode(0o644)
		if strings.Contains(path, "/bin/") || strings.Contains(path, "/plugins/") {
			perm = 0o755
		}
		if err := os.WriteFile(path, []byte(text), perm); err != nil {
			t.Fatal(err)
		}
	}
}

// readTree returns each file and directory beneath root with its mode and what it holds.
func readTree(t *testing.T, root string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		tree[rel] = info.Mode().String()
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			tree[rel] += " " + string(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func sameTree(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	for path, held := range want {
		if got[path] != held {
			t.Errorf("%s: %s is %.300q, and was %.300q", what, path, got[path], held)
		}
	}
	for path, holds := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s left %s behind: %.80q", what, path, holds)
		}
	}
}
