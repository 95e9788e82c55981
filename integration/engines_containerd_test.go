package integration_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestInstalledContainerd starts containers with a plain ctr on the containerd of this project's tests and on the one of the
// distribution, which is a 1.6 and runs crun, too, where ctr names it. The control is the same before the installation.
func TestInstalledContainerd(t *testing.T) {
	for name, its := range map[string]struct {
		own     bool
		runtime string
	}{"2": {own: true}, "1.6": {}, "1.6 on crun": {runtime: "crun"}} {
		t.Run(name, func(t *testing.T) {
			c := newContainerd(t, its.own, its.runtime)
			c.start()
			c.answers("control", "EFAULT", "ok")
			c.probed(real(t, "seccompctl"), "no door decided on a container of ctr")
			c.stop()
			out := door(t, c.Host, enginePolicy, "--engine", "containerd", "--no-nri")
			if want := "restart containerd"; !strings.Contains(out, want) {
				t.Errorf("install.sh does not say %q:\n%s", want, out)
			}
			c.start()
			c.answers("with the runtime door", "EPERM", "EPERM")
			c.probed("/usr/local/bin/seccompctl", "door runtime decided on a container of ctr (installed); the kernel says Seccomp: 2")
			c.uninstall()
		})
	}
}

// containerdHost is a containerd in a host of its own, alone with its clients.
type containerdHost struct {
	*node.Host
	t       *testing.T
	service *node.Service
	// runtime is what ctr is told to run containers with; nothing where empty.
	runtime string
}

func newContainerd(t *testing.T, own bool, runtime string) *containerdHost {
	t.Helper()
	c := &containerdHost{Host: newHost(t, node.HostOptions{PureCgroup2: runtime == "crun"}), t: t, runtime: runtime}
	if runtime == "crun" {
		weakenCrun(t, c.Host)
	}
	if own {
		for _, name := range []string{"containerd", "containerd-shim-runc-v2", "ctr"} {
			must(t, c.Host, "cp", real(t, name), "/usr/local/bin/"+name)
		}
	}
	if _, err := node.BusyboxRootfs(c.Path("/var/tmp")); err != nil {
		t.Fatal(err)
	}
	must(t, c.Host, "sh", "-c", "mkdir /var/tmp/root && tar -C /var/tmp/root -xf /var/tmp/rootfs.tar")
	return c
}

func (c *containerdHost) start() {
	c.t.Helper()
	ready := func() bool {
		_, err := c.Run(c.t.Context(), "ctr", "version")
		return err == nil
	}
	var err error
	if c.service, err = c.Service(c.t.Context(), "containerd", ready, "containerd"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *containerdHost) stop() {
	c.t.Helper()
	if err := c.service.Stop(); err != nil {
		c.t.Fatal(err)
	}
}

// answers holds what a plain container, and one with every capability but no filter asked for, are answered.
func (c *containerdHost) answers(name, chmod, unshare string) {
	c.t.Helper()
	out, err := untilWhole(c.t, "unshare", func() (string, error) {
		return c.Run(c.t.Context(), "sh", "-c", `exec ctr run --rm --runc-binary "$3" --cgroup "$1/$2" --rootfs /var/tmp/root "$2" /probe chmod unshare </dev/null`, "sh", c.CgroupParent(), "plain", c.runtime)
	})
	if err != nil {
		c.t.Fatal(err)
	}
	answers, err := node.ParseAnswers(out)
	if err != nil {
		c.t.Fatal(err)
	}
	checkAnswers(c.t, name, answers, map[string]string{"chmod": chmod, "unshare": unshare})
}

// probed holds what doctor's own container tells it. podman is in the host too, and not guarded: the probe alone is looked at. It
// names no runtime, and beside crun runc lacks the controllers of cgroup v2 that it needs.
func (c *containerdHost) probed(seccompctl, want string) {
	c.t.Helper()
	if c.runtime == "crun" {
		return
	}
	if out, err := c.Run(c.t.Context(), seccompctl, "doctor", "--probe"); err == nil || !strings.Contains(out, want) {
		c.t.Errorf("doctor says %v, want %q\n%s", err, want, out)
	}
	if left := must(c.t, c.Host, "ctr", "--namespace", "seccompd-probe", "containers", "list", "--quiet"); left != "" {
		c.t.Errorf("doctor left a container behind: %s", left)
	}
}

// uninstall takes the door out while containerd and a container that came through it run: the container can still be killed and
// deleted, and what is kept for it goes with the next run.
func (c *containerdHost) uninstall() {
	c.t.Helper()
	must(c.t, c.Host, "ctr", "run", "--detach", "--runc-binary", c.runtime, "--cgroup", c.CgroupParent()+"/kept", "--rootfs", "/var/tmp/root", "kept", "/probe", "pause")
	out := must(c.t, c.Host, release(c.t), "--uninstall", "--purge")
	if !strings.Contains(out, "still in use by containerd") {
		c.t.Errorf("uninstalling says nothing of who still uses the runtime:\n%s", out)
	}
	if got := must(c.t, c.Host, "/usr/libexec/seccompd/shims/runc", "--version"); !strings.HasPrefix(got, "runc version") {
		c.t.Errorf("the name that was kept answers %q", got)
	}
	must(c.t, c.Host, "ctr", "tasks", "kill", "--signal", "SIGKILL", "kept")
	waitFor(c.t, "the container is deleted", func() bool {
		_, err := c.Run(c.t.Context(), "ctr", "tasks", "delete", "kept")
		return err == nil
	})
	must(c.t, c.Host, "ctr", "containers", "delete", "kept")
	c.stop()
	must(c.t, c.Host, release(c.t), "--uninstall", "--purge")
	if left := must(c.t, c.Host, "sh", "-c", "ls -d /usr/libexec/seccompd /etc/containerd/conf.d /etc/systemd 2>/dev/null || true"); left != "" {
		c.t.Errorf("it left behind\n%s", left)
	}
}

// TestInstalledShimsAreRead holds what is planned for each configuration of engineconf's tests against what the real
// containerd says that it reads.
func TestInstalledShimsAreRead(t *testing.T) {
	archives, err := filepath.Glob("../internal/engineconf/testdata/shims/containerd-*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no configurations", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			m := newMachine(t)
			files, golden := map[string]string{}, ""
			for _, part := range strings.Split(string(readFile(t, path)), "\n-- ")[1:] {
				name, text, _ := strings.Cut(part, "\n")
				if name = strings.TrimSuffix(name, " --"); name == "on" {
					golden = text
				} else if strings.HasPrefix(name, "etc/") {
					files[name] = text + "\n"
				}
			}
			writeTree(t, m.dir, files)
			before := m.tree()
			code := 0
			if strings.HasPrefix(golden, "error: ") {
				code = -1
			}
			shims := []string{real(t, "seccompctl"), "shims", "on", "--containerd", real(t, "containerd")}
			if out := m.run(code, shims...); code == 0 {
				m.wants(out, "proven by 'containerd config dump'")
			}
			shims[2] = "off"
			if code == 0 {
				m.run(0, shims...)
			}
			sameTree(t, "off", before, m.tree())
		})
	}
}

// TestInstalledTellsSystemd restarts containerd once for both doors, where that was allowed, after systemd has read the units anew.
// What it is told is written down by a script in systemctl's place.
func TestInstalledTellsSystemd(t *testing.T) {
	c := newContainerd(t, true, "")
	put(t, c.Host, "/run/systemd/system/x", "", 0o644)
	must(t, c.Host, "sh", "-c", `printf '#!/bin/sh\necho "$*" >>/run/told\n' >/usr/local/bin/systemctl && chmod 755 /usr/local/bin/systemctl`)
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"--restart-containerd"}, "restart seccompd\ndaemon-reload\nrestart containerd\n"},
		{[]string{"--restart-containerd"}, "-q is-enabled seccompd\n-q is-active seccompd\n"},
		{[]string{"--uninstall", "--restart-containerd"}, "-q disable --now seccompd\ndaemon-reload\nrestart containerd\n"},
	} {
		must(t, c.Host, "sh", "-c", "rm -f /run/told")
		must(t, c.Host, append([]string{release(t)}, step.args...)...)
		if told := must(t, c.Host, "cat", "/run/told"); !strings.HasSuffix(told, step.want) || strings.Count(told, "restart containerd") > 1 {
			t.Errorf("install.sh %q told systemd\n%s, want at the end\n%s", step.args, told, step.want)
		}
	}
}
