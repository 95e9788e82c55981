package integration_test

import (
	"slices"
	"strings"
	"testing"
)

// claimedPod are annotations with which a client of podman claims that its container is one of a pod, made by CRI-O.
var claimedPod = []string{
	"--annotation", "io.container.manager=cri-o", "--annotation", "io.kubernetes.cri-o.ContainerType=container",
	"--annotation", "io.kubernetes.pod.namespace=kube-system", "--annotation", "io.kubernetes.pod.name=proxy",
}

// TestPodmanClaimsNoPod holds containers of podman to podman's rules, at both of its doors, whatever they say of themselves. The
// control is a rule on the engine that does fire.
func TestPodmanClaimsNoPod(t *testing.T) {
	p := newPodman(t, "runc")
	policy := strings.Replace(podmanPolicy, "default:", "rules:\n- {name: system, match: {namespaces: [kube-system]}, action: keep}\n- {name: podman, match: {engines: [podman]}, action: fill, profile: {type: Localhost, localhostProfile: block-unshare.json}}\ndefault:", 1)
	policy = strings.Replace(policy, "action: fill\n  profile: {type: Localhost, localhostProfile: block-unshare.json}\n", "action: refuse\n", 1)
	unconfined := []string{"--security-opt", "seccomp=unconfined"}
	forged := slices.Concat(unconfined, claimedPod)
	want := map[string]string{"unshare": "EPERM", "chmod": "EPERM"}
	door(t, p.Host, policy, "--engine", "podman")
	checkAnswers(t, "control: the runtime door", p.probe(unconfined, "unshare", "chmod"), want)
	checkAnswers(t, "the runtime door", p.probe(forged, "unshare", "chmod"), want)

	id := strings.TrimSpace(p.podman(slices.Concat(p.run("--detach"), forged, []string{"busybox", "/probe", "pause"})...))
	for _, kernel := range []bool{false, true} {
		verdicts(t, "drift", driftOf(t, p.Host, kernelFlag(kernel)...), map[string]string{id: "enforced"})
	}
	p.podman("rm", "--force", "--time", "0", id)

	newPolicy(t, p.Host, strings.Replace(policy, "[runtime]", "[hook]", 1))
	must(t, p.Host, "rm", "/etc/containers/containers.conf.d/50-seccompd.conf")
	checkAnswers(t, "control: no door", p.probe(forged, "unshare", "chmod"), map[string]string{"unshare": "ok", "chmod": "EFAULT"})
	put(t, p.Host, "/etc/containers/containers.conf.d/60-hooks.conf", "[engine]\nhooks_dir = [\"/usr/local/share/seccompd/hooks.d/podman\"]\n", 0o644)
	checkAnswers(t, "the hook", p.probe(forged, "unshare", "chmod"), want)
}
