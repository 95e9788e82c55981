package integration_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/drift"
)

// TestDriftSeesWhatHides looks at programs that show a filter and run without it: the process that waits to be looked at has one
// of its own, and threads beside it have none of that kind, as many or by another number; or the first thread has ended.
func TestDriftSeesWhatHides(t *testing.T) {
	t.Parallel()
	d := newDriftNode(t, strings.Replace(policyText("enforce", firstFloor+keepAll), "[nri]", "[nri, runtime]", 1))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	runc := built(t, "runc")
	for id, word := range map[string]string{"leaderless": "leaderless", "relay": "relay", "apart": "apart", "well": "apart", "well-leaderless": "leaderless", "well-odd": "odd"} {
		runtime := runc
		if strings.HasPrefix(id, "well") {
			runtime = d.door
		}
		d.run(t, runtime, id, word)
	}
	c, err := runPod(t, d.Node, node.PodSpec{}).Run(t.Context(), node.ContainerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	d.looks(t, 4) // the daemon reads what waits
	want := map[string]string{
		"leaderless":      "unfiltered: it has no filter, and no decision on it is on record",
		"relay":           "unfiltered: it has no filter, and no decision on it is on record",
		"apart":           "weaker: its processes have filters, and what is executed in it has none: its configuration has none",
		"well":            "enforced",
		"well-leaderless": "enforced",
		"well-odd":        "enforced", // as what it cannot take away denies enough
		c.ID:              "enforced",
	}
	for range 20 {
		verdicts(t, "again and again", d.drift(t, "relay"), map[string]string{"relay": "unfiltered"})
	}
	for _, kernel := range []bool{false, true} {
		how := fmt.Sprintf("kernel %v", kernel)
		verdicts(t, how, d.drift(t, kernelFlag(kernel)...), want)
		var e drift.Exposure
		d.ask(t, &e, append([]string{"exposed", "mincore"}, kernelFlag(kernel)...)...)
		can := map[string]drift.Can{}
		for _, o := range e.Owners {
			for _, c := range o.Containers {
				can[c.ID] = c.Can
			}
		}
		for id, verdict := range want {
			if exposed := can[id] == drift.CanYes; exposed != (verdict != "enforced") {
				t.Errorf("%s: exposed says of %s %q", how, id, can[id])
			}
		}
	}
	d.apply(t, policyText("enforce", secondFloor+keepAll))
	for _, kernel := range []bool{false, true} {
		verdicts(t, fmt.Sprintf("under another policy, kernel %v", kernel), d.drift(t, kernelFlag(kernel)...), map[string]string{
			"well": "stale: it was decided on by an older policy", "well-leaderless": "stale: it was decided on by an older policy", "well-odd": "stale", c.ID: "stale",
		})
	}
}
