package enforce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Examine returns what is wrong with a profile of the policy, or with its floor where the reference is nil, before a container
// comes: the filter for a container of Kubernetes with the default capabilities is written for each door that the policy relies
// on and for each runtime. There is one finding for each thing, without a place.
func (e *Engine) Examine(ref *policy.ProfileRef) []policy.Finding {
	what := "the floor"
	if ref != nil {
		what = "profile " + ref.Name()
	}
	var out []policy.Finding
	runtimes := e.host.Runtimes
	if len(runtimes) == 0 {
		// Away from a node: the oldest and the newest needs are much the same.
		runtimes = []host.Runtime{{Name: "runc"}}
	}
	for _, rt := range runtimes {
		for _, door := range e.snap.Policy.RelyOn() {
			req := Request{Runtime: rt.Name, Workload: &workload.Workload{Door: door, Engine: workload.Known(workload.EngineKubernetes)}}
			for _, f := range e.examine(ref, req, rt) {
				f.Message = what + " " + f.Message
				if !slices.Contains(out, f) {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

func (e *Engine) examine(ref *policy.ProfileRef, req Request, rt host.Runtime) (out []policy.Finding) {
	found := func(rule, format string, args ...any) {
		out = append(out, policy.Finding{Rule: rule, Severity: policy.SeverityError, Message: fmt.Sprintf(format, args...)})
	}
	d := draft{state: CurrentFilter}
	var err error
	if ref == nil {
		d.Meaning, err = e.everything(req)
	} else {
		d.meaning, err = e.meaning(ref, req, capabilities{set: workload.DefaultCapabilities})
	}
	if err != nil {
		found("", "%v", err)
		return out
	}
	with := strings.TrimSpace(rt.Name + " " + rt.Version)
	s, rec, err := e.writtenFor(d, e.target(req))
	if err != nil {
		found("", "cannot be written for %s: %v", with, err)
		return out
	}
	if len(rec.OverBudget) > 0 {
		found("", "has too many conditions on %s: with all of them %s takes seconds to create a container, if it does", strings.Join(rec.OverBudget, ", "), with)
	}
	judge := &rt
	if rt.Path == "" { // nothing is known of it
		judge = nil
	}
	if err := profile.Validate(s, judge); err != nil {
		found(policy.RuleDoesNotLoad, "does not load with %s: %v", with, err)
	}
	if missing := MissingRequired(s, rt); len(missing) > 0 {
		found(policy.RuleCannotStart, "starts no container: %s itself calls %s after loading it (allow them)", with, strings.Join(missing, ", "))
	}
	if unknown := UnknownDenials(s, rt, e.host); len(unknown) > 0 {
		found(policy.RuleUnknownDenial, "denies %s, which the libseccomp %s of %s does not know: it would skip the rule, and the calls stay allowed (use normalise: true, or a profile that denies by default)",
			strings.Join(unknown, ", "), rt.Libseccomp, with)
	}
	return out
}

// everything returns all that the floor ever denies.
func (e *Engine) everything(req Request) (algebra.Meaning, error) {
	f, err := e.without(req, floorKey{})
	if err != nil || !f.soft.there {
		return f.hard.Meaning, err
	}
	return f.soft.Meaning, nil // all of it, in audit
}

// Loosens returns calls, at most three, that a profile of the policy permits and the runtime default of an engine denies, for
// the engine's default capabilities, and how many there are. There are none where no default is known for the engine.
func (e *Engine) Loosens(ref *policy.ProfileRef, engine workload.Engine) (calls []string, count int) {
	req := Request{Workload: &workload.Workload{Engine: workload.Known(engine)}}
	m, err := e.meaning(ref, req, capabilities{set: workload.DefaultCapabilities})
	if err != nil {
		return nil, 0
	}
	return e.beyond(m.Meaning, req)
}
