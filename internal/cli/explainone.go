package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// explainAnswer is what explain says.
type explainAnswer struct {
	// Policy is "in force", or the file that was asked; Snapshot is its digest where it is in force.
	Policy     string      `json:"policy"`
	Snapshot   string      `json:"snapshot,omitempty"`
	Containers []explained `json:"containers"`
}

// explained is what explain says of one container.
type explained struct {
	Name string        `json:"name"`
	Door workload.Door `json:"door"`
	// Together says that the door decides on what the door nri told it as well.
	Together bool               `json:"together,omitempty"`
	Platform policy.Platform    `json:"platform"`
	Workload *workload.Workload `json:"workload"`
	Trace    policy.Trace       `json:"trace"`
	// Result is what happens where the policy enforces; in audit, what would happen if it did.
	Result result `json:"result"`
	// Record is the decision on record, where that was asked about.
	Record *audit.Record `json:"record,omitempty"`
	// Exception is the narrowest one that lets a refused container on record pass, as YAML, and Opens what then decides.
	Exception string   `json:"exception,omitempty"`
	Opens     string   `json:"opens,omitempty"`
	Notes     []string `json:"notes,omitempty"`
}

// result is what a container gets.
type result struct {
	// Mode is audit where nothing of it happens yet.
	Mode    policy.Mode    `json:"mode"`
	Refused bool           `json:"refused"`
	Reason  enforce.Reason `json:"reason,omitempty"`
	Message string         `json:"message,omitempty"`
	// Profile is what the filter is made from: a profile's name, or "current" for what the container has anyhow.
	Profile string `json:"profile,omitempty"`
	// Floor says that the floor is met with it, less the exceptions that match the container.
	Floor      bool     `json:"floor,omitempty"`
	Exceptions []string `json:"exceptions,omitempty"`
	// Loosens are calls, at most three of the count, that it permits and that both the container's own filter and the runtime
	// default deny.
	Loosens      []string `json:"loosens,omitempty"`
	LoosensCount int      `json:"loosensCount,omitempty"`
	// Replaced says that the filter is not the container's own, Confined that it has one.
	Replaced bool                `json:"replaced"`
	Confined bool                `json:"confined"`
	Digest   string              `json:"digest,omitempty"`
	Filter   *specs.LinuxSeccomp `json:"filter,omitempty"`
	// Changes are those from the container's own filter, or from none, where both are known.
	Changes *difference.Calls `json:"changes,omitempty"`
	notes   []string
}

func (e *explainer) one(in *asked, s *subject) (explained, error) {
	out := explained{Name: s.name, Record: s.record, Notes: slices.Clone(s.notes)}
	w := s.workload
	var err error
	if out.Platform, err = e.door.platform(w.Engine.Or("")); err != nil {
		return out, err
	}
	req := enforce.Request{Workload: &w}
	if s.current != nil {
		req.Current = *s.current
	} else {
		var notes []string
		if req.Current, notes, err = e.without(&w, in.snap.Facts); err != nil {
			return out, err
		}
		out.Notes = append(out.Notes, notes...)
	}
	shown := req.Current
	if s.whole {
		by, err := in.seenBy(w, req.Current, out.Platform, &e.door, func(*workload.Workload) {})
		if err != nil {
			return out, fmt.Errorf("%s: %w", s.name, err)
		}
		req, w, out.Together = by.Request, *by.Workload, by.both
		req.Workload = &w
	}
	out.Door, out.Workload = w.Door, &w
	out.Trace = in.compiled.Explain(&w, e.now())
	out.Result = in.result(req, shown, out.Trace.Decision.Mode)
	if d := out.Trace.Decision; d.Undecidable {
		out.Notes = append(out.Notes, e.undecidable(d, s, out.Platform, w.Door))
	}
	if out.Result.Reason == enforce.ReasonUndecidable && e.door.door != "" && s.whole && joined(in.snap.Policy, &w) {
		out.Notes = append(out.Notes, "this is what door "+string(w.Door)+" alone comes to: where nri and runtime are both in place a pod's container is decided on what both see (without --door that is what is said)")
	}
	if r := s.record; r != nil && r.Result == audit.ResultRefused && r.Snapshot == in.snap.Digest && !out.Result.Refused {
		out.Notes = append(out.Notes, fmt.Sprintf("the door refused it all the same, for a reason of its own (%s)", r.Reason))
	}
	if s.record != nil && out.Result.Refused {
		if out.Exception = exceptionFor(&w, out.Trace.Decision, e.now()); out.Exception != "" {
			out.Opens = in.opens(&w, out.Trace.Decision, e.now())
		}
	}
	out.Notes = append(out.Notes, out.Result.notes...)
	return out, nil
}

// undecidable says where the field that a decision lacks is known.
func (e *explainer) undecidable(d policy.Decision, s *subject, on policy.Platform, door workload.Door) string {
	note := fmt.Sprintf("rule %q matches on %s, which is not known at door %s on %s", d.UndecidableRule, d.UndecidableField, door, on)
	bare := policy.Field(strings.TrimPrefix(string(d.UndecidableField), "except."))
	if flag := flagOf[bare]; s.whole && flag != "" && policy.Sees(bare, door, on) != policy.SightNo {
		return fmt.Sprintf("rule %q matches on %s, which is not given (--%s)", d.UndecidableRule, d.UndecidableField, flag)
	}
	if others := doorsThatSee(d.UndecidableField, door, on); len(others) > 0 {
		note += "; it is known at door " + strings.Join(others, " and ")
	}
	return note
}

// result enforces a request. shown is the container's own filter as far as we know it, which may be more than its door does.
func (in *asked) result(req enforce.Request, shown enforce.Current, mode policy.Mode) result {
	r := result{Mode: mode}
	out, err := in.engine.Enforce(req)
	if err != nil {
		r.Refused, r.Message = true, err.Error()
		var refusal *enforce.Refusal
		if errors.As(err, &refusal) {
			r.Reason, r.Message = refusal.Reason, refusal.Message
		}
		return r
	}
	r.Profile, r.Replaced, r.notes = out.Profile, out.Install != nil, out.Notes
	r.Floor, r.Exceptions, r.Loosens, r.LoosensCount = out.Floor, out.Exceptions, out.Loosens, out.LoosensCount
	r.Filter = out.Effective
	if !r.Replaced {
		r.Filter = shown.Filter
	}
	r.Confined = r.Filter != nil || shown.State == enforce.CurrentFilter && !r.Replaced
	r.Digest = profile.Digest(r.Filter)
	known := shown.State == enforce.CurrentNone || shown.Filter != nil
	if r.Replaced && known {
		if c, err := difference.Filters(shown.Filter, r.Filter, in.snap.Facts); err == nil {
			r.Changes = &c
		}
	}
	return r
}
