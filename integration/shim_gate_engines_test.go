package integration_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// gateOn switches the gate on in the settings of an installed node, and puts
// a program before a real runtime that takes the filter out of every bundle
// while there is a file /root/strip.
func gateOn(t *testing.T, h *node.Host) {
	t.Helper()
	var settings map[string]any
	if err := json.Unmarshal([]byte(must(t, h, "cat", "/etc/seccompd/runtime.json")), &settings); err != nil {
		t.Fatal(err)
	}
	runtimes, _ := settings["runtimes"].(map[string]any)
	for name, path := range runtimes {
		put(t, h, "/root/behind/"+name, `#!/bin/sh
for a; do
	case $before in --bundle | -b) bundle=$a ;; esac
	case $a in --bundle=*) bundle=${a#--bundle=} ;; create) created=yes ;; esac
	before=$a
done
[ -z "$created" ] || [ ! -e /root/strip ] || sed -i 's/"seccomp":/"x":/' "$bundle/config.json"
exec `+path.(string)+` "$@"
`, 0o755)
		runtimes[name] = "/root/behind/" + name
	}
	settings["verifyStart"] = true
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	put(t, h, "/etc/seccompd/runtime.json", string(text), 0o600)
}

// gatedBy says that a container starts under the policy's filter, and one that was
// changed behind the door does not; what is left of it can be removed.
func gatedBy(t *testing.T, h *node.Host, engine string, flags ...string) {
	t.Helper()
	run := append(append([]string{engine, "run", "--name", "gated"}, flags...), "busybox", "/probe", "chmod")
	answers, err := h.Probe(t.Context(), run...)
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "as decided", answers, map[string]string{"chmod": "EPERM"})
	must(t, h, engine, "rm", "gated")
	put(t, h, "/root/strip", "", 0o600)
	out, err := h.Run(t.Context(), run...)
	if err == nil || !strings.Contains(err.Error(), "seccompd refused the container: its filter is not what was decided on it") {
		t.Errorf("changed behind the door: %v %s", err, out)
	}
	must(t, h, engine, "rm", "gated")
	must(t, h, "sed", "-i", "s/\"verifyStart\":true/\"verifyStart\":false/", "/etc/seccompd/runtime.json")
	answers, err = h.Probe(t.Context(), run...)
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "control: without the gate", answers, map[string]string{"chmod": "EFAULT"})
	must(t, h, engine, "rm", "gated")
	must(t, h, "rm", "/root/strip")
	must(t, h, "sed", "-i", "s/\"verifyStart\":false/\"verifyStart\":true/", "/etc/seccompd/runtime.json")
	if left := strings.TrimSpace(must(t, h, "ls", "/run/seccompd/starts")); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// TestShimGateOfDocker has the gate in the life of Docker's containers.
func TestShimGateOfDocker(t *testing.T) {
	d := newDocker(t, "runc")
	d.stop()
	door(t, d.Host, enginePolicy, "--engine", "docker")
	gateOn(t, d.Host)
	d.start()
	gatedBy(t, d.Host, "/usr/bin/docker", "--network", "none")
	d.cases(t, "gated", func(c dockerCase) map[string]string { return c.with })
	t.Run("life", d.life)
	d.stop()
}

// TestShimGateOfPodman has it in those of podman's, on runc and on crun.
func TestShimGateOfPodman(t *testing.T) {
	for _, runtime := range []string{"runc", "crun"} {
		t.Run(runtime, func(t *testing.T) {
			p := newPodman(t, runtime)
			door(t, p.Host, podmanPolicy, "--engine", "podman")
			gateOn(t, p.Host)
			args := p.run()
			gatedBy(t, p.Host, "/usr/bin/podman", args[1:]...)
			p.cases(t, "gated", podmanCases, func(c dockerCase) map[string]string { return c.with })
			t.Run("life", p.life)
		})
	}
}
