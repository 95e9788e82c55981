package integration_test

import (
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestDriftOfPauseContainers says why pause containers have no filter: no door of
// the policy sees them, or the one that would is not in its place.
func TestDriftOfPauseContainers(t *testing.T) {
	for doors, want := range map[string]string{
		"[nri]":          "it has no filter: it is the pause container of a pod, which only the runtime door sees, and the policy does not rely on that one",
		"[nri, runtime]": "it has no filter: it is the pause container of a pod, which only the runtime door sees",
	} {
		d := newDriftNode(t, strings.Replace(policyText("enforce", firstFloor+keepAll), "[nri]", doors, 1))
		before := runPod(t, d.Node, node.PodSpec{})
		if err := d.daemon.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := runPod(t, d.Node, node.PodSpec{})
		got := d.drift(t)
		if c := got[after.ID]; c.Verdict != "unfiltered" || c.Reason != want {
			t.Errorf("doors %s: %s: %s", doors, c.Verdict, c.Reason)
		}
		if doors == "[nri]" {
			// However old it is: a new one would have none, too.
			if c := got[before.ID]; c.Verdict != "unfiltered" || c.Reason != want {
				t.Errorf("before the policy: %s: %s", c.Verdict, c.Reason)
			}
		} else if c := got[before.ID]; c.Reason == want {
			t.Errorf("before the policy: %s: %s", c.Verdict, c.Reason)
		}
	}
}
