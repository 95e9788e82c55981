package integration_test

import (
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestContainerdRestarted stops and kills containerd under a daemon. Until the
// daemon has found its way back no container is created; then each is filtered.
func TestContainerdRestarted(t *testing.T) {
	n, d, _ := guarded(t, allMeasures(), policyText("enforce", replaceAll))
	again := map[string]func() error{
		"stopped": func() error { return n.Restart(t.Context()) },
		"killed":  func() error { n.Kill(); return n.Boot(t.Context()) },
	}
	for how, again := range again {
		for range soak(1, 50) {
			if err := again(); err != nil {
				t.Fatal(err)
			}
			eventually(t, how, runPod(t, n, node.PodSpec{}), filtered)
		}
		// The daemon cannot come back: that must show.
		if err := d.Freeze(); err != nil {
			t.Fatal(err)
		}
		if err := again(); err != nil {
			t.Fatal(err)
		}
		pod := runPod(t, n, node.PodSpec{})
		want(t, how+", before the daemon is back", pod, node.ContainerSpec{}, refused, "not present")
		if err := d.Thaw(); err != nil {
			t.Fatal(err)
		}
		eventually(t, how, pod, filtered)
	}

	if err := d.Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := n.Restart(t.Context(), func(o *node.Options) { o.RequiredPlugins = nil }); err != nil {
		t.Fatal(err)
	}
	want(t, "control: not required", runPod(t, n, node.PodSpec{}), node.ContainerSpec{}, unfiltered, "")
}

// TestContainerdKilledInRequest kills containerd while the daemon is asked about
// a container. What it made of the request does not run, and the next container
// is filtered.
func TestContainerdKilledInRequest(t *testing.T) {
	n, d, _ := guarded(t, allMeasures(), policyText("enforce", replaceAll))
	pod := runPod(t, n, node.PodSpec{})
	if err := d.Freeze(); err != nil {
		t.Fatal(err)
	}
	creating := inFlight(t, pod, node.ContainerSpec{})
	waitForRequest(t, d.Pid())
	n.Kill()
	if got := <-creating; got != refused {
		t.Errorf("a container was %s, want %s", got, refused)
	}
	if err := d.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := n.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "containerd is back", pod, filtered)
}
