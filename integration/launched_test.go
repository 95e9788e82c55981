package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestLaunchedByContainerd has containerd start seccompd itself, as a plugin
// registered beforehand: from the first container on each has its filter. A
// launched plugin takes no flags, so that a script gives it the node's paths.
func TestLaunchedByContainerd(t *testing.T) {
	n := newNode(t, allMeasures())
	src := newSource(t, n, policyText("enforce", replaceAll))
	binary, err := node.Binary("seccompd")
	if err != nil {
		t.Fatal(err)
	}
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	script := filepath.Join(n.Dir(), "launch")
	text := fmt.Sprintf("#!/bin/sh\nexec %s --policy %s --profiles %s --state-dir %s --run-dir %s --decisions %s --metrics none\n",
		binary, src.policy, src.profiles, d.Options.StateDir, d.Options.RunDir, d.Options.Decisions)
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	pod := runPod(t, n, node.PodSpec{})
	want(t, "control: not registered", pod, node.ContainerSpec{}, refused, `required plugin "seccompd" not present`)

	if err := n.Preregister("10", "seccompd", script, ""); err != nil {
		t.Fatal(err)
	}
	if err := n.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, "the first container", pod, node.ContainerSpec{}, filtered, "")
	if r := recordOf(t, d, runOne(t, n)); r.Profile != "marked.json" {
		t.Errorf("on record: %+v", r)
	}
}
