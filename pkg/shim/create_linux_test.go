package shim

import (
	"errors"
	"testing"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/policy"
)

// What makes crun replace the filter is refused wherever something is enforced: also by the floor alone, under a rule in
// audit.
func TestBypassUnderAnEnforcedFloor(t *testing.T) {
	cfg, err := oci.Parse("config.json", []byte(`{"ociVersion":"1.0.2","annotations":{"run.oci.seccomp_bpf_data":"AA=="},"linux":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ rule, outcome policy.Mode }{
		{policy.ModeEnforce, policy.ModeEnforce}, {policy.ModeAudit, policy.ModeEnforce}, {policy.ModeAudit, policy.ModeAudit},
	} {
		out := enforce.Outcome{Mode: test.outcome, Decision: policy.Decision{Mode: test.rule}}
		err := new(door).check(cfg, &out, false)
		var r *enforce.Refusal
		if refused := errors.As(err, &r) && r.Reason == ReasonBypass; refused != (test.outcome == policy.ModeEnforce) {
			t.Errorf("rule in %s, outcome in %s: %v", test.rule, test.outcome, err)
		}
		if out.Refused != (test.outcome == policy.ModeAudit) {
			t.Errorf("rule in %s, outcome in %s: said that it would be refused: %v", test.rule, test.outcome, out.Refused)
		}
	}
}
