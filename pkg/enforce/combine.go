package enforce

import (
	"fmt"
	"strings"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// enforce carries out a decision, as if its mode were to enforce.
func (e *Engine) enforce(req Request, d policy.Decision) (Outcome, *Refusal) {
	if d.Undecidable {
		return e.undecided(req, fmt.Sprintf("rule %q matches on %s, which is not known at door %s", d.UndecidableRule, d.UndecidableField, req.Workload.Door))
	}
	switch d.Action {
	case policy.ActionKeep:
		if req.Unheeded && req.Current.State != CurrentFilter && !req.Workload.Privileged.Or(false) {
			return e.heed(req, d)
		}
		return e.keep(req), nil
	case policy.ActionFill:
		return e.fill(req, d)
	case policy.ActionReplace:
		return e.replace(req, d)
	case policy.ActionRefuse:
		message := d.Message
		if message == "" {
			message = "the policy refuses it"
		}
		return Outcome{}, refuse(ReasonRule, message)
	case policy.ActionRestrict:
	}
	return Outcome{}, refuse(ReasonUnsupported, fmt.Sprintf("this version cannot carry out the action %q", d.Action))
}

// keep leaves the current filter, without the architectures that this kernel does not run.
func (e *Engine) keep(req Request) Outcome {
	out := Outcome{Profile: CurrentProfile, Effective: req.Current.Filter}
	if f := req.Current.Filter; f != nil && f.DefaultErrnoRet != nil {
		// Not every door can hand a default errno on, and a kept filter must arrive as it was.
		return out
	}
	if trimmed, note := e.trim(req.Current.Filter); trimmed != nil {
		out.Install, out.Effective = trimmed, trimmed
		out.Notes = append(out.Notes, note)
	}
	return out
}

// heed gives a workload what its engine did not read that it asks for: a rule that keeps what workloads ask for does not
// mean one that got nothing. A privileged workload gets nothing in any case.
func (e *Engine) heed(req Request, d policy.Decision) (Outcome, *Refusal) {
	if req.Workload.Requested == workload.RequestRuntimeDefault {
		return e.install(req, &policy.ProfileRef{Type: policy.TypeRuntimeDefault})
	}
	return e.undecided(req, fmt.Sprintf("rule %q keeps the profile that the workload asks for, which its engine does not read from an annotation", d.RuleName))
}

func (e *Engine) fill(req Request, d policy.Decision) (Outcome, *Refusal) {
	switch req.Current.State {
	case CurrentFilter:
		return e.keep(req), nil
	case CurrentNone:
		return e.install(req, d.Profile)
	case CurrentUnknown:
	}
	return e.undecided(req, fmt.Sprintf("rule %q fills in where there is no filter, and door %s does not see whether there is one", d.RuleName, req.Workload.Door))
}

func (e *Engine) replace(req Request, d policy.Decision) (Outcome, *Refusal) {
	if d.Profile.Name() == policy.TypeRuntimeDefault && req.Current.RuntimeDefault && req.Current.State == CurrentFilter {
		if d.Profile.Inline() {
			return e.overCurrent(req, d.Profile)
		}
		return e.keep(req), nil
	}
	return e.install(req, d.Profile)
}

// install gives the workload a profile of the policy.
func (e *Engine) install(req Request, ref *policy.ProfileRef) (Outcome, *Refusal) {
	caps, note, ok := e.capabilities(req, ref)
	if !ok {
		return e.undecided(req, fmt.Sprintf("profile %s depends on the container's capabilities, which are not known at door %s", ref.Name(), req.Workload.Door))
	}
	f, err := e.filter(ref, req, caps)
	if err != nil {
		return Outcome{}, refuse(ReasonProfile, fmt.Sprintf("profile %s: %v", ref.Name(), err))
	}
	out := Outcome{Install: f.seccomp, Effective: f.seccomp, Profile: ref.Name(), Notes: f.notes}
	if note != "" {
		out.Notes = append(out.Notes[:len(out.Notes):len(out.Notes)], note)
	}
	return out, nil
}

// capabilities returns the set to resolve a profile with, and a note where it is an assumption. It is not ok where nobody
// may guess: for a workload that is privileged or may be, that may have asked for Unconfined, or that has a filter of its
// own. One that asked for something and got nothing did so in a way that its engine does not read any more.
func (e *Engine) capabilities(req Request, ref *policy.ProfileRef) (caps workload.Capabilities, note string, ok bool) {
	w := req.Workload
	if caps, known := w.Capabilities.Value(); known {
		return caps, "", true
	}
	p, err := e.profile(ref, req)
	if err == nil && !p.Gated() {
		return workload.DefaultCapabilities, "", true
	}
	asked := w.Requested != workload.RequestUnset && (req.Current.State != CurrentNone || w.Requested&workload.RequestUnconfined != 0)
	if privileged, known := w.Privileged.Value(); known && !privileged && !asked {
		return workload.DefaultCapabilities, "the capabilities are not known here: the engine's default set was taken", true
	}
	return 0, "", false
}

// undecided follows the policy's onError: it refuses, or restricts the workload to the runtime default.
func (e *Engine) undecided(req Request, why string) (Outcome, *Refusal) {
	if e.snap.Policy.FailMode() != policy.OnErrorRuntimeDefault {
		return Outcome{}, refuse(ReasonUndecidable, why)
	}
	fallback := &policy.ProfileRef{Type: policy.TypeRuntimeDefault}
	switch {
	case req.Current.State == CurrentFilter && req.Current.RuntimeDefault:
		out := e.keep(req)
		out.Notes = append(out.Notes, "undecided, onError took RuntimeDefault: "+why)
		return out, nil
	case req.Current.State == CurrentNone:
		// The strictest reading: no capability opens anything.
		caps, _ := req.Workload.Capabilities.Value()
		f, err := e.filter(fallback, req, caps)
		if err != nil {
			return Outcome{}, refuse(ReasonProfile, fmt.Sprintf("onError took RuntimeDefault: %v", err))
		}
		return Outcome{
			Install: f.seccomp, Effective: f.seccomp, Profile: fallback.Name(),
			Notes: append(f.notes[:len(f.notes):len(f.notes)], "undecided, onError took RuntimeDefault for the known capabilities: "+why),
		}, nil
	}
	return Outcome{}, refuse(ReasonUndecidable, strings.TrimSpace(why+"; onError RuntimeDefault cannot be met with the container's own filter by this version"))
}
