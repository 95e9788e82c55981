package enforce

import (
	"fmt"
	"slices"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/policy"
)

// compute carries out a decision: the rule, then the floor, each in its own mode.
func (e *Engine) compute(req Request, d policy.Decision, p phase) (Outcome, *Refusal) {
	f, err := e.floors(req, d, p)
	if err != nil {
		return Outcome{}, refuse(ReasonFloor, err.Error())
	}
	want, refusal := e.ruled(req, d, f.hard)
	if d.Mode == policy.ModeAudit || f.soft.there {
		return e.tried(req, d, want, refusal, f)
	}
	if refusal == nil {
		want, refusal = e.met(req, want, f.hard)
	}
	if refusal != nil {
		return Outcome{}, refusal
	}
	out, refusal := e.install(req, want, f.hard)
	out.Mode = policy.ModeEnforce
	return out, refusal
}

// met meets a draft with the floor.
func (e *Engine) met(req Request, d draft, f floor) (draft, *Refusal) {
	if !f.there {
		return d, nil
	}
	if d.state == CurrentUnknown {
		return d, refuse(ReasonUndecidable, fmt.Sprintf("the floor is met with the container's own filter, which door %s does not see", req.Workload.Door))
	}
	out, err := meet(d, f.Meaning)
	if err != nil {
		return d, refuse(ReasonFloor, fmt.Sprintf("the floor cannot be met with the container's filter: %v", err))
	}
	return out, nil
}

// tried is compute where the rule, some of the floor or both are in audit: what they would deny is logged. What enforcing the
// rule comes to is want, or a refusal.
func (e *Engine) tried(req Request, d policy.Decision, want draft, refusal *Refusal, f floors) (Outcome, *Refusal) {
	if refusal != nil && d.Mode == policy.ModeEnforce {
		return Outcome{}, refusal
	}
	told := e.forecast(req, d, want, refusal, f)
	base, logged := want, want
	if d.Mode == policy.ModeAudit {
		base = e.untouched(req)
		logged = base
		if refusal == nil {
			logged = log(base, want)
		}
	}
	if base, refusal = e.met(req, base, f.hard); refusal != nil {
		return Outcome{}, refusal
	}
	if logged, refusal = e.met(req, logged, f.hard); refusal != nil {
		return Outcome{}, refusal
	}
	if both, refusal := e.met(req, logged, f.soft); refusal == nil {
		logged = log(logged, both)
	}
	binding := d.Mode == policy.ModeEnforce || f.hard.there
	out, refusal := e.logging(req, base, logged, f.hard, binding)
	if refusal != nil {
		return Outcome{}, refusal
	}
	out.Mode = policy.ModeAudit
	if binding {
		out.Mode = policy.ModeEnforce
	}
	out.Floor = f.hard.there
	out.Would, out.Refused = told.Would, told.Refused
	for _, note := range told.Notes {
		if !slices.Contains(out.Notes, note) {
			out = out.noted(note)
		}
	}
	return out, nil
}

// untouched is the current filter where nothing is done to it: with all its ABIs. One that cannot be read is left to the
// runtime.
func (e *Engine) untouched(req Request) draft {
	if req.Current.State != CurrentFilter || req.Current.Filter == nil {
		d, err := e.current(req)
		if err != nil {
			d.state = CurrentUnknown
		}
		return d
	}
	m, _, err := algebra.Read(req.Current.Filter, e.reading())
	if err != nil {
		return draft{state: CurrentUnknown, profile: CurrentProfile}
	}
	return draft{meaning: meaning{m, req.Current.Filter}, state: CurrentFilter, profile: CurrentProfile}
}

// log returns a draft that logs what it permits and another one denies.
func log(d, enforced draft) draft {
	if d.state == CurrentUnknown || enforced.state == CurrentUnknown {
		return d
	}
	m, err := algebra.Log(d.Meaning, enforced.Meaning)
	if err != nil || m.Equal(d.Meaning) {
		return d
	}
	d.meaning, d.state = meaning{Meaning: m}, CurrentFilter
	return d
}

// forecast returns what enforcing would do, as Would, Refused and Notes of an outcome.
func (e *Engine) forecast(req Request, d policy.Decision, want draft, refusal *Refusal, f floors) Outcome {
	for _, floor := range []floor{f.hard, f.soft} {
		if refusal == nil {
			want, refusal = e.met(req, want, floor)
		}
	}
	var out Outcome
	if refusal == nil {
		out, refusal = e.install(req, want, f.hard)
	}
	if refusal != nil {
		return Outcome{Would: "refuse: " + refusal.Message, Refused: true}
	}
	told := Outcome{Notes: out.Notes}
	floor := ""
	if f.hard.there || f.soft.there {
		floor = " and the floor"
	}
	switch {
	case out.Install == nil:
		told.Would = "keep the current filter"
	case want.profile == CurrentProfile && floor == "":
		told.Would = "keep the current filter, rewritten to mean the same"
	case want.profile == CurrentProfile:
		told.Would = "restrict the current filter with the floor"
	case d.Action == policy.ActionRestrict && req.Current.State == CurrentFilter:
		told.Would = "restrict the current filter with " + want.profile + floor
	default:
		told.Would = "install " + want.profile + floor
	}
	return told
}
