package integration_test

import (
	"strings"
	"testing"
)

// rootlessCases are what the kernel answers in containers of a user's own podman, without seccompd and beside it.
var rootlessCases = map[string]dockerCase{
	"plain":      {without: map[string]string{"chmod": "EFAULT", "unshare": "ok", "mkdir": "EFAULT"}},
	"unconfined": {flags: []string{"--security-opt", "seccomp=unconfined"}, without: map[string]string{"chmod": "EFAULT", "unshare": "ok"}},
	"privileged": {flags: []string{"--privileged"}, without: map[string]string{"chmod": "EFAULT", "unshare-newns": "ok"}},
	"a profile that blocks unshare": {
		flags:   []string{"--security-opt", "seccomp=/root/block-unshare.json"},
		without: map[string]string{"chmod": "EFAULT", "unshare": "EPERM", "mkdir": "EFAULT"},
	},
}

// TestRootlessPodman shows that nothing changes for users who run podman by themselves where the door stands in the place of the
// system's runtimes: it becomes the real one. What root runs there is held to the policy, and is the control.
func TestRootlessPodman(t *testing.T) {
	for _, runtime := range []string{"runc", "crun"} {
		t.Run(runtime, func(t *testing.T) {
			root := newPodman(t, runtime)
			user := &podman{Host: root.Host, t: t, as: root.AsUser()}
			if runtime == "crun" {
				user.flags = root.flags
			}
			user.podman("import", "/var/tmp/rootfs.tar", "busybox")
			user.cases(t, "without", rootlessCases, func(c dockerCase) map[string]string { return c.without })
			user.lives(t)

			door(t, root.Host, podmanPolicy, "--engine", "podman")
			root.cases(t, "root", podmanCases, func(c dockerCase) map[string]string { return c.with })
			if got, want := strings.TrimSpace(user.podman("info", "--format", "{{.Host.OCIRuntime.Path}}")), "/usr/libexec/seccompd/shims/"+runtime; got != want {
				t.Errorf("the user's podman says that its runtime is %s, want %s", got, want)
			}
			user.cases(t, "with", rootlessCases, func(c dockerCase) map[string]string { return c.without })
			user.lives(t)
			door(t, root.Host, podmanPolicy, "--engine", "podman", "--divert")
			path := map[string]string{"runc": "/usr/sbin/runc", "crun": "/usr/bin/crun"}[runtime]
			answers, err := root.Probe(t.Context(), user.command(append([]string{"--runtime", path}, user.run("--rm", "--security-opt", "seccomp=unconfined", "busybox", "/probe", "chmod")...)...)...)
			if err != nil {
				t.Fatal(err)
			}
			checkAnswers(t, "by the path of a runtime that is diverted", answers, map[string]string{"chmod": "EFAULT"})
			user.lives(t)
			user.podman(user.run("--detach", "--name", "kept", "busybox", "/probe", "pause")...)
			forgetPolicy(t, root.Host)
			user.lives(t)

			must(t, root.Host, release(t), "--uninstall", "--purge")
			if got := user.podman("exec", "kept", "/probe", "chmod"); !strings.Contains(got, "EFAULT") {
				t.Errorf("after the uninstallation exec says %q", got)
			}
			user.podman("restart", "--time", "5", "kept")
			user.podman("rm", "--force", "--time", "0", "kept")
			user.lives(t)
		})
	}
}

// lives is what a container does from its creation to its deletion.
func (p *podman) lives(t *testing.T) {
	p = &podman{p.Host, t, p.flags, p.as}
	p.podman(p.run("--detach", "--name", "one", "busybox", "sh", "-c", "echo started; exec /probe pause")...)
	if got := p.podman("exec", "one", "/probe", "chmod"); !strings.Contains(got, "EFAULT") {
		t.Errorf("exec says %q", got)
	}
	waitFor(t, `its log is "started"`, func() bool { return p.podman("logs", "one") == "started\n" })
	p.podman("restart", "--time", "5", "one")
	p.podman("kill", "one")
	p.podman("wait", "one")
	p.podman("rm", "one")
	if _, err := p.Run(t.Context(), p.command(p.run("--rm", "busybox", "/probe", "exit:3")...)...); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("a container that ends with 3: %v", err)
	}
}
