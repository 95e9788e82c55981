package integration_test

import (
	"strings"
	"testing"
)

// TestRootlessPodmanBesideHooks does the same where the system's configuration has every podman ask seccompd's hooks: they let a
// user's containers be.
func TestRootlessPodmanBesideHooks(t *testing.T) {
	root := newPodman(t, "runc")
	user := &podman{Host: root.Host, t: t, as: root.AsUser()}
	user.podman("import", "/var/tmp/rootfs.tar", "busybox")
	door(t, root.Host, strings.Replace(podmanPolicy, "[runtime]", "[hook]", 1), "--engine", "podman")
	must(t, root.Host, "rm", "/etc/containers/containers.conf.d/50-seccompd.conf") // the hooks alone
	unconfined := []string{"--security-opt", "seccomp=unconfined"}
	for _, hooks := range []string{"podman", "runc"} {
		put(t, root.Host, "/etc/containers/containers.conf.d/60-hooks.conf", "[engine]\nhooks_dir = [\"/usr/local/share/seccompd/hooks.d/"+hooks+"\"]\n", 0o644)
		args := root.command(root.run("--rm", "--security-opt", "seccomp=unconfined", "busybox", "/probe", "chmod")...)
		out, err := root.Run(t.Context(), args...)
		if hooks == "podman" && !strings.Contains(out, "EPERM") || hooks == "runc" && err == nil {
			t.Errorf("control: root's container is not asked about by the hook for %s: %v, %s", hooks, err, out)
		}
		checkAnswers(t, "beside the hook for "+hooks, user.probe(unconfined, "chmod", "unshare"), map[string]string{"chmod": "EFAULT", "unshare": "ok"})
		user.lives(t)
	}
}
