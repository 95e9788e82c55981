package drift

import (
	"errors"
	"fmt"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// subject is a container with what is decided about it now, and what was decided when it was created.
type subject struct {
	*found
	started time.Time
	request enforce.Request
	record  *audit.Record
	// logged says that the decision log reaches back to the start of the container, so that a record would be in it.
	logged bool
	// changed says that the filter in the configuration is not the one that is on record.
	changed bool
	// lost says why the filter that the container would have without us is not known, where that matters; "" otherwise.
	lost string
	// had says that it would have a filter without us, known or not.
	had     bool
	outcome enforce.Outcome
	err     error
	notes   []string
}

// tolerance is how far a decision and the start of the first process, which is counted from the start of the machine, can be
// apart. The runtime door decides while the runtime is already on its way.
const tolerance = time.Minute

// recall takes the record of a decision for the container's, unless it is about another one that had the same id: ids of
// pods' containers are random, others are chosen by clients, and are decided on when the runtime creates them.
func (s *subject) recall(r audit.Record) {
	switch {
	case r.Time.After(s.started.Add(tolerance)):
		return
	case r.Door != workload.DoorNRI && r.Time.Before(s.started.Add(-tolerance)):
		s.notes = append(s.notes, fmt.Sprintf("decision %s is about an earlier container of this id", r.ID))
		return
	case r.Result == audit.ResultRefused:
		s.notes = append(s.notes, fmt.Sprintf("decision %s refused a container of this id", r.ID))
		return
	}
	if engine, ok := r.Workload.ContainerdNamespace.Value(); ok && s.namespace != "" && engine != s.namespace {
		return
	}
	s.record = &r
	s.changed = s.config != nil && r.Filter != profile.Digest(s.filter())
}

// ask makes the request about the container as the doors would make it: on what they knew, where it is on record, and with
// the filter that it had before them.
func (s *subject) ask(runDir string, known *originals) {
	s.request = enforce.Request{Workload: s.workload, Runtime: s.runtime, Current: enforce.Current{State: enforce.CurrentNone}}
	if f := s.filter(); f != nil {
		s.request.Current = enforce.Current{State: enforce.CurrentFilter, Filter: f}
	} else if s.config == nil {
		s.request.Current = enforce.Current{}
	}
	if s.record == nil {
		return
	}
	if w := s.record.Workload; !s.record.Shortened {
		s.request.Workload = w
	}
	if r := left(runDir, s.namespace, s.id); r != nil && r.Installed != "" {
		// The NRI door left the filter itself. Ids of pods' containers are random, so that it is about this one.
		s.request.Current, s.request.Unheeded = r.Union(s.workload, s.filter()).Current, r.Unheeded
		return
	}
	switch s.record.Current {
	case "none":
		s.request.Current = enforce.Current{State: enforce.CurrentNone}
	case "RuntimeDefault":
		s.had = true
		s.substitute(known)
		s.request.Current.RuntimeDefault = true
	case "filter":
		s.had = true
		s.substitute(known)
	default:
		s.substitute(known)
	}
}

// substitute lets the filter that was decided stand for the one that was there before: that of the configuration, unless
// somebody changed it. What the policy would now deny of it is the same, as it is the meet of that one with what was decided;
// unless it was replaced by another one.
func (s *subject) substitute(known *originals) {
	switch {
	case s.record.Action == policy.ActionReplace:
		s.lost = "the filter that it would have without the policy is not on record"
	case s.changed:
		if f := known.of(s.record.Filter, s.workload.Capabilities); f != nil {
			s.request.Current = enforce.Current{State: enforce.CurrentFilter, Filter: f}
			return
		}
		s.lost = "its configuration has another filter than was decided, and that one is not on record"
	}
}

// decide asks the policy in force.
func (s *subject) decide(engine *enforce.Engine) {
	s.outcome, s.err = engine.Enforce(s.request)
	if s.err == nil && s.outcome.Decision.Action == policy.ActionReplace && !s.outcome.Decision.Undecidable {
		s.lost = "" // it makes no difference
	}
	if s.record != nil && s.lost != "" && !s.changed && s.record.Snapshot == engine.Snapshot() {
		s.lost = "" // the same policy decided, and what it decided is what the configuration has
	}
}

// refusal is the refusal of the policy in force; nil where it refuses nothing.
func (s *subject) refusal() *enforce.Refusal {
	var r *enforce.Refusal
	if errors.As(s.err, &r) {
		return r
	}
	return nil
}
