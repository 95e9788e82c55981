package integration_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/audit"
)

// TestLargeContainersDoNotKeepUsAway: an engine tells a plugin that connects
// about all containers, and NRI gives up where a few of them are too large for
// one message. Such containers are refused while seccompd is there to do it. In
// the control, in audit, they exist, and then seccompd cannot connect again.
func TestLargeContainersDoNotKeepUsAway(t *testing.T) {
	t.Parallel()
	large := map[string]string{"example.com/a": strings.Repeat("x", 1<<20)}
	for _, mode := range []string{"enforce", "audit"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			n, d, _ := guarded(t, allMeasures(), policyText(mode, replaceAll))
			pod := runPod(t, n, node.PodSpec{})
			for range 5 {
				_, err := pod.Create(t.Context(), node.ContainerSpec{Annotations: large})
				if refused := err != nil; refused != (mode == "enforce") || refused && !strings.Contains(err.Error(), "size") {
					t.Errorf("a large container: %v", err)
				}
			}
			if err := d.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			connectsAgain(t, d, pod, mode == "enforce")
		})
	}
}

// connectsAgain starts a daemon that connects, or that the engine cuts off each time it tries.
func connectsAgain(t *testing.T, d *node.Daemon, pod *node.Pod, can bool) {
	t.Helper()
	if can {
		if err := d.Start(t.Context()); err != nil {
			t.Errorf("seccompd does not connect again: %v", err)
		}
		want(t, "afterwards", pod, node.ContainerSpec{}, filtered, "")
		return
	}
	if err := d.Launch(); err != nil {
		t.Fatal(err)
	}
	waitForLog(t, d, "no connection to the runtime, trying again in 1s") // for the third time
	if s, err := audit.ReadStatus(d.Options.RunDir); err != nil || s.NRI.Connected {
		t.Errorf("seccompd connects again: %+v, %v", s.NRI, err)
	}
}

// TestLargePodsDoNotKeepUsAway is the same with pods, whose pause containers
// run also where every other container of theirs is refused.
func TestLargePodsDoNotKeepUsAway(t *testing.T) {
	t.Parallel()
	labels := map[string]string{}
	for i := range 3900 {
		labels[fmt.Sprintf("%0240d.example.com/%060d", i, i)] = strings.Repeat("v", 63)
	}
	for _, mode := range []string{"enforce", "audit"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			n, d, _ := guarded(t, allMeasures(), policyText(mode, replaceAll))
			pod := runPod(t, n, node.PodSpec{Annotations: map[string]string{"as-large-as-an-api-server-lets": strings.Repeat("x", 256<<10)}})
			for range 4 {
				large, err := n.RunPod(t.Context(), node.PodSpec{Labels: labels})
				if refused := err != nil; refused != (mode == "enforce") || refused && !strings.Contains(err.Error(), "size") {
					t.Errorf("a large pod: %v", err)
				}
				if err == nil {
					t.Cleanup(func() { _ = large.Remove(context.Background()) })
				}
			}
			if err := d.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			connectsAgain(t, d, pod, mode == "enforce")
		})
	}
}
