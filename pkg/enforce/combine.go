package enforce

import (
	"fmt"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// draft is a filter on its way to an outcome.
type draft struct {
	meaning
	state   CurrentState // of the filter that it is: none, unknown, or one that there is
	profile string       // Outcome.Profile
	notes   []string
}

// current returns the filter that the workload would have without us.
func (e *Engine) current(req Request) (draft, error) {
	d := draft{state: req.Current.State, profile: CurrentProfile}
	var err error
	switch req.Current.State {
	case CurrentNone:
		d.Meaning, err = e.unconfined()
	case CurrentFilter:
		if req.Current.Filter == nil {
			d.state = CurrentUnknown
			break
		}
		d.text = req.Current.Filter
		if d.Meaning, err = e.read(req.Current.Filter); err == nil {
			d.note(e.trimmed(req.Current.Filter))
		}
	case CurrentUnknown:
	}
	return d, err
}

func (d *draft) note(text string) {
	if text != "" {
		d.notes = append(d.notes, text)
	}
}

// ruled carries out what the rule of a decision says, as if its mode were to enforce.
func (e *Engine) ruled(req Request, d policy.Decision, hard floor) (draft, *Refusal) {
	if d.Undecidable {
		return e.undecided(req, fmt.Sprintf("rule %q matches on %s, which is not known at door %s", d.UndecidableRule, d.UndecidableField, req.Workload.Door))
	}
	switch d.Action {
	case policy.ActionKeep:
		if req.Unheeded && req.Current.State != CurrentFilter && !req.Workload.Privileged.Or(false) {
			return e.heed(req, d)
		}
		return e.keep(req, hard)
	case policy.ActionFill:
		return e.fill(req, d, hard)
	case policy.ActionRestrict:
		return e.restrict(req, d.Profile, fmt.Sprintf("rule %q", d.RuleName))
	case policy.ActionReplace:
		return e.give(req, d.Profile)
	case policy.ActionRefuse:
		message := d.Message
		if message == "" {
			message = "the policy refuses it"
		}
		return draft{}, refuse(ReasonRule, message)
	}
	return draft{}, refuse(ReasonInternal, fmt.Sprintf("no action %q", d.Action))
}

// keep leaves the current filter. One that cannot be read stays as it is, for the runtime to judge, unless something is to be
// combined with it.
func (e *Engine) keep(req Request, hard floor) (draft, *Refusal) {
	d, err := e.current(req)
	if err != nil {
		if hard.there {
			return d, unreadable(err)
		}
		d.state = CurrentUnknown
		d.note("the container's own filter stays as it is: " + err.Error())
	}
	return d, nil
}

func unreadable(err error) *Refusal {
	return refuse(ReasonCurrent, fmt.Sprintf("the filter that the container asks for cannot be read: %v", err))
}

// heed gives a workload what its engine did not read that it asks for: a rule that keeps what workloads ask for does not
// mean one that got nothing. A privileged workload gets nothing in any case.
func (e *Engine) heed(req Request, d policy.Decision) (draft, *Refusal) {
	if req.Workload.Requested == workload.RequestRuntimeDefault {
		return e.give(req, &policy.ProfileRef{Type: policy.TypeRuntimeDefault})
	}
	return e.undecided(req, fmt.Sprintf("rule %q keeps the profile that the workload asks for, which its engine does not read from an annotation", d.RuleName))
}

func (e *Engine) fill(req Request, d policy.Decision, hard floor) (draft, *Refusal) {
	switch req.Current.State {
	case CurrentFilter:
		return e.keep(req, hard)
	case CurrentNone:
		return e.give(req, d.Profile)
	case CurrentUnknown:
	}
	return e.undecided(req, fmt.Sprintf("rule %q fills in where there is no filter, and door %s does not see whether there is one", d.RuleName, req.Workload.Door))
}

// give gives the workload a profile of the policy, whatever its own filter is.
func (e *Engine) give(req Request, ref *policy.ProfileRef) (draft, *Refusal) {
	caps, note, ok := e.capabilities(req, ref)
	if !ok {
		return e.undecided(req, fmt.Sprintf("profile %s depends on the container's capabilities, which are not known at door %s", ref.Name(), req.Workload.Door))
	}
	m, err := e.meaning(ref, req, caps)
	if err != nil {
		return draft{}, refuse(ReasonProfile, fmt.Sprintf("profile %s: %v", ref.Name(), err))
	}
	out := draft{meaning: m, state: CurrentFilter, profile: ref.Name()}
	if e.computedDefault(req) && ref.Name() == policy.TypeRuntimeDefault && !ref.Inline() {
		out.profile = CurrentProfile
	}
	out.note(e.trimmed(m.text))
	out.note(note)
	return out, nil
}

// restrict meets the current filter with a profile of the policy, who is what asks for that.
func (e *Engine) restrict(req Request, ref *policy.ProfileRef, who string) (draft, *Refusal) {
	cur, err := e.current(req)
	if err != nil {
		return cur, unreadable(err)
	}
	if cur.state == CurrentUnknown {
		// What onError could do needs the filter as much as the rule does.
		return cur, refuse(ReasonUndecidable, fmt.Sprintf("%s restricts the container's own filter, which door %s does not see", who, req.Workload.Door))
	}
	caps := capabilities{any: true}
	if set, known := req.Workload.Capabilities.Value(); known {
		caps = capabilities{set: set}
	}
	m, err := e.meaning(ref, req, caps)
	if err != nil {
		return cur, refuse(ReasonProfile, fmt.Sprintf("profile %s: %v", ref.Name(), err))
	}
	if cur.state == CurrentNone {
		out := draft{meaning: m, state: CurrentFilter, profile: ref.Name()}
		out.note(e.trimmed(m.text))
		return out, nil
	}
	out, err := meet(cur, m.Meaning)
	if err != nil {
		return cur, refuse(ReasonProfile, fmt.Sprintf("the container's own filter cannot be met with profile %s: %v", ref.Name(), err))
	}
	if !out.Equal(cur.Meaning) {
		out.profile = ref.Name()
	}
	return out, nil
}

// meet returns the stricter answers of a draft and a filter. It has no text any more, also where the draft is as strict
// already: what a text means is not always what a runtime makes of it, and what is met must hold.
func meet(d draft, with algebra.Meaning) (draft, error) {
	m, err := algebra.Meet(d.Meaning, with)
	if err != nil {
		return draft{}, err
	}
	if d.state == CurrentNone && m.Equal(d.Meaning) {
		return d, nil
	}
	d.meaning, d.state = meaning{Meaning: m}, CurrentFilter
	return d, nil
}

// capabilities returns the set to resolve a profile with, and a note where it is an assumption. It is not ok where nobody
// may guess: for a workload that is privileged or may be, that may have asked for Unconfined, or that has a filter of its
// own. One that asked for something and got nothing did so in a way that its engine does not read any more.
func (e *Engine) capabilities(req Request, ref *policy.ProfileRef) (caps capabilities, note string, ok bool) {
	w := req.Workload
	if set, known := w.Capabilities.Value(); known {
		return capabilities{set: set}, "", true
	}
	if ref.Name() == policy.TypeRuntimeDefault && e.computedDefault(req) {
		return capabilities{}, "", true // the engine knew them
	}
	p, err := e.profile(ref, req)
	if err == nil && !p.Gated() {
		return capabilities{set: workload.DefaultCapabilities}, "", true
	}
	asked := w.Requested != workload.RequestUnset && (req.Current.State != CurrentNone || w.Requested&workload.RequestUnconfined != 0)
	if privileged, known := w.Privileged.Value(); known && !privileged && !asked {
		return capabilities{set: workload.DefaultCapabilities}, "the capabilities are not known here: the engine's default set was taken", true
	}
	return capabilities{}, "", false
}

// undecided follows the policy's onError: it refuses, or restricts the workload to the runtime default.
func (e *Engine) undecided(req Request, why string) (draft, *Refusal) {
	if e.snap.Policy.FailMode() != policy.OnErrorRuntimeDefault || req.Current.State == CurrentUnknown {
		return draft{}, refuse(ReasonUndecidable, why)
	}
	out, refusal := e.restrict(req, &policy.ProfileRef{Type: policy.TypeRuntimeDefault}, "onError")
	if refusal != nil {
		refusal.Message = why + "; onError took RuntimeDefault: " + refusal.Message
		return out, refusal
	}
	out.notes = append(out.notes[:len(out.notes):len(out.notes)], "undecided, onError took RuntimeDefault: "+why)
	return out, nil
}
