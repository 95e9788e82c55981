package integration_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// namedPolicy has rules on what only Docker itself knows of its containers. One that cannot be decided is refused.
const namedPolicy = `apiVersion: seccompd/v1
kind: NodePolicy
mode: enforce
doors: [runtime]
rules:
- {name: called, match: {engines: [docker], containers: ["web-*"]}, action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}
- {name: labelled, match: {engines: [docker], labels: ["app=db"]}, action: replace, profile: {base: RuntimeDefault, deny: [rmdir]}}
- {name: made, match: {engines: [docker], images: ["docker.io/library/other*"]}, action: replace, profile: {base: RuntimeDefault, deny: [chmod]}}
default: {action: fill, profile: {type: RuntimeDefault}}
`

// TestDockerLookup decides on names, labels and images of Docker's, which the door looks up where it is told Docker's directory; a restart and
// a new name are decided on anew. The controls are a policy that is not put in force without
// that, and a door that looks in the wrong place, cannot decide, and refuses.
func TestDockerLookup(t *testing.T) {
	d := newDocker(t, "runc")
	d.docker("tag", "busybox", "other:1")
	d.stop()
	put(t, d.Host, "/etc/seccompd/policy.yaml", namedPolicy, 0o644)
	install := release(t)
	if _, err := d.Run(t.Context(), install, "--engine", "docker"); err == nil || !strings.Contains(err.Error(), "dockerRoot") {
		t.Errorf("control: a policy that the door cannot decide is put in force: %v", err)
	}
	look(t, d.Host)
	must(t, d.Host, install, "--engine", "docker")
	settings := string(readFile(t, d.Path("/etc/seccompd/runtime.json")))
	put(t, d.Host, "/etc/seccompd/runtime.json", strings.Replace(settings, "/var/lib/docker", "/nowhere", 1), 0o644)
	d.start()
	run := func(flags []string, image string) (node.Answers, error) {
		return d.Probe(t.Context(), slices.Concat([]string{"/usr/bin/docker", "run", "--rm", "--network", "none"}, flags, []string{image, "/probe", "mkdir", "64:84:0", "chmod"})...)
	}
	if answers, err := run(nil, "busybox"); err == nil || !strings.Contains(err.Error(), "not known at door runtime") {
		t.Errorf("control: where Docker's files are not: %v, %v", answers, err)
	}
	put(t, d.Host, "/etc/seccompd/runtime.json", settings, 0o644)
	for name, c := range map[string]struct {
		flags []string
		image string
		want  map[string]string
	}{
		"called":   {[]string{"--name", "web-1"}, "busybox", map[string]string{"mkdir": "EPERM", "64:84:0": "EFAULT", "chmod": "EFAULT"}},
		"labelled": {[]string{"--label", "app=db"}, "busybox", map[string]string{"mkdir": "EFAULT", "64:84:0": "EPERM", "chmod": "EFAULT"}},
		"made":     {nil, "other:1", map[string]string{"mkdir": "EFAULT", "64:84:0": "EFAULT", "chmod": "EPERM"}},
		"neither":  {[]string{"--name", "db", "--label", "app=web"}, "busybox", map[string]string{"mkdir": "EFAULT", "64:84:0": "EFAULT", "chmod": "EFAULT"}},
	} {
		answers, err := run(c.flags, c.image)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkAnswers(t, name, answers, c.want)
	}
	d.docker("run", "--detach", "--network", "none", "--name", "old", "busybox", "/probe", "pause")
	if said := d.docker("exec", "old", "/probe", "mkdir"); !strings.Contains(said, "EFAULT") {
		t.Errorf("by its first name: %s", said)
	}
	d.docker("rename", "old", "web-2")
	d.docker("restart", "--time", "0", "web-2")
	if said := d.docker("exec", "web-2", "/probe", "mkdir"); !strings.Contains(said, "EPERM") {
		t.Errorf("by its new name: %s", said)
	}
	if log := must(t, d.Host, "cat", "/var/log/seccompd/decisions.jsonl"); !strings.Contains(log, `"container":{"value":"web-2"}`) {
		t.Errorf("the record does not have the name:\n%s", log)
	}
}

// look tells the door of a host where Docker keeps what it knows.
func look(t *testing.T, h *node.Host) {
	t.Helper()
	path := h.Path("/etc/seccompd/runtime.json")
	var settings map[string]any
	if err := json.Unmarshal(readFile(t, path), &settings); err != nil {
		t.Fatal(err)
	}
	settings["dockerRoot"] = "/var/lib/docker"
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
