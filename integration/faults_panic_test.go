package integration_test

import (
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestDaemonPanics lets the decision panic, and never end, in seccompd's own
// door on the real containerd: that one container is refused with a reason, and
// the plugin stays and serves the others. The control panics without the door.
func TestDaemonPanics(t *testing.T) {
	n := newNode(t, allMeasures())
	src := newSource(t, n, policyText("enforce", replaceAll))
	p, err := n.StartFaulty(t.Context(), src.policy, src.profiles)
	if err != nil {
		t.Fatal(err)
	}
	pod := runPod(t, n, node.PodSpec{})
	for name, reason := range map[string]string{
		"panics-at-once": "a fault in CreateContainer",
		"panics-late":    "a fault in ValidateContainerAdjustment",
		"hangs-at-once":  "CreateContainer was not answered within",
		"hangs-late":     "ValidateContainerAdjustment was not answered within",
	} {
		want(t, name, pod, node.ContainerSpec{Name: name}, refused, reason)
		want(t, "after "+name, pod, node.ContainerSpec{}, filtered, "")
	}
	if !p.Running() {
		t.Error("the plugin ended")
	}

	bare := newNode(t, node.Options{})
	startBare(t, bare, func(o *node.PluginOptions) { o.Panic = true })
	want(t, "control: no measure", runPod(t, bare, node.PodSpec{}), node.ContainerSpec{}, unfiltered, "")
}
