package policy_test

import (
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

func TestExceptionPassesOverARuleUntilItEnds(t *testing.T) {
	until := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	c, err := policy.Compile(&policy.Policy{
		Mode: policy.ModeEnforce,
		Exceptions: []policy.Exception{{
			Name: "INC-1", Match: policy.Match{Namespaces: []string{"prod"}, Pods: []string{"db-0"}}, Skip: []string{"no"}, Until: until,
		}},
		Rules: []policy.Rule{{Name: "no", Action: policy.ActionRefuse}, {Name: "yes", Action: policy.ActionKeep}},
	})
	if err != nil {
		t.Fatal(err)
	}
	known := func(pod string) *workload.Workload {
		return &workload.Workload{Door: workload.DoorNRI, Namespace: workload.Known("prod"), Pod: workload.Known(pod), Requested: workload.AnyRequest, Kinds: workload.AnyKind}
	}
	unknown := known("")
	unknown.Pod = workload.Unknown[string]()
	for _, tc := range []struct {
		name string
		w    *workload.Workload
		now  time.Time
		want string
	}{
		{"before it ends", known("db-0"), until.Add(-time.Second), "yes"},
		{"when it ends", known("db-0"), until, "no"},
		{"another pod", known("db-1"), until.Add(-time.Second), "no"},
		{"a pod that is not known", unknown, until.Add(-time.Second), "no"},
	} {
		if d := c.Decide(tc.w, tc.now); d.RuleName != tc.want {
			t.Errorf("%s: rule %q; want %q", tc.name, d.RuleName, tc.want)
		}
		trace := c.Explain(tc.w, tc.now)
		if trace.Rules[0].Skipped != (tc.want == "yes") || trace.Decision.RuleName != tc.want {
			t.Errorf("%s: explained as %+v", tc.name, trace.Rules)
		}
	}
}
