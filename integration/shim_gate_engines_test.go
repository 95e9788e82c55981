package integration_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
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
	t.Run("builds", d.builds)
	t.Run("life", d.life)
	d.stop()
}

// builds has BuildKit, which uses run, build on a container, and on one that is
// changed behind the door.
func (d *dockerd) builds(t *testing.T) {
	if said := d.build(t, "FROM busybox\nRUN [\"/probe\", \"chmod\"]\n"); !strings.Contains(said, "chmod = -1 EPERM") || strings.Contains(said, "errorDetail") {
		t.Errorf("as decided:\n%s", said)
	}
	put(t, d.Host, "/root/strip", "", 0o600)
	said := d.build(t, "FROM busybox\nRUN [\"/probe\", \"-n\", \"chmod\"]\n")
	if strings.Contains(said, "chmod =") || !strings.Contains(said, "errorDetail") || !strings.Contains(said, "seccompd refused the container: its filter is not what was decided on it") {
		t.Errorf("changed behind the door:\n%s", said)
	}
	must(t, d.Host, "rm", "/root/strip")
}

// build has BuildKit build, which the client of the distribution does not ask
// for, and returns all that it says.
func (d *dockerd) build(t *testing.T, dockerfile string) string {
	t.Helper()
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	if err := w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(dockerfile))}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Write([]byte(dockerfile))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.Path("/var/run/docker.sock"))
	}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://docker/build?version=2&networkmode=none&nocache=1", &files)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-tar")
	answer, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	said := ""
	for lines := json.NewDecoder(answer.Body); lines.More(); {
		var line json.RawMessage
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		var trace struct{ Aux []byte }
		_ = json.Unmarshal(line, &trace) // others are of other forms
		said += string(line) + "\n" + string(trace.Aux) + "\n"
	}
	return said
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
