// Package audit keeps the record of every decision: one JSON line each, written aside from the container's way.
package audit

import (
	"errors"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Result is what became of a container.
type Result string

// The results.
const (
	// ResultInstalled: the container got a filter of ours.
	ResultInstalled Result = "installed"
	// ResultKept: its own filter, or none, stays as it was.
	ResultKept Result = "kept"
	// ResultAudited: the policy is in audit mode, so nothing was denied; Would says what enforcing would do.
	ResultAudited Result = "audited"
	// ResultRefused: it was not created.
	ResultRefused Result = "refused"
)

// HookID begins the ids of records that a hook made of what it found by itself: they say nothing of what a door decided.
const HookID = "hook-"

// Record is one decision, as the decision log holds it.
type Record struct {
	Time   time.Time     `json:"time"`
	ID     string        `json:"id"`
	Door   workload.Door `json:"door"`
	Result Result        `json:"result"`

	// Rule is the name of the rule that decided, Action, Mode and Profile what it says.
	Rule    string        `json:"rule,omitempty"`
	Action  policy.Action `json:"action,omitempty"`
	Mode    policy.Mode   `json:"mode,omitempty"`
	Profile string        `json:"profile,omitempty"`
	// Floor says that the policy's floor is met with the filter, less Exceptions, which are those that match the workload.
	Floor      bool     `json:"floor,omitempty"`
	Exceptions []string `json:"exceptions,omitempty"`
	// Loosens are calls, at most three, that the container may make and that both its own filter and the runtime default
	// deny; LoosensCount is how many there are.
	Loosens      []string `json:"loosens,omitempty"`
	LoosensCount int      `json:"loosensCount,omitempty"`

	// Reason and Message are those of a refusal; Message is the line that the engine was given.
	Reason  enforce.Reason `json:"reason,omitempty"`
	Message string         `json:"message,omitempty"`
	// Would is what enforcing would have done, WouldRefuse that it would have refused.
	Would       string   `json:"would,omitempty"`
	WouldRefuse bool     `json:"wouldRefuse,omitempty"`
	Notes       []string `json:"notes,omitempty"`

	// Current says what the container's own filter was: "unknown", "none", "filter" or "RuntimeDefault".
	Current string `json:"current,omitempty"`
	// Filter is the digest of the filter that the container runs under; "" where that is none or unknown.
	Filter   string `json:"filter,omitempty"`
	Snapshot string `json:"snapshot,omitempty"`

	Workload *workload.Workload `json:"workload,omitempty"`
	// Took is how long the door needed, in nanoseconds.
	Took time.Duration `json:"took"`
	// Shortened says that texts of the workload were cut to keep the line short.
	Shortened bool `json:"shortened,omitempty"`

	// effective is the filter whose digest the log fills in, aside from the container's way.
	effective *specs.LinuxSeccomp
}

// Decided is the record of an outcome.
func Decided(at time.Time, snapshot string, req enforce.Request, out enforce.Outcome, took time.Duration) Record {
	r := Record{
		Time: at, ID: out.ID, Door: req.Workload.Door, Result: ResultKept, Current: current(req.Current),
		Rule: out.Decision.RuleName, Action: out.Decision.Action, Mode: out.Decision.Mode, Profile: out.Profile,
		Floor: out.Floor, Exceptions: out.Exceptions, Loosens: out.Loosens, LoosensCount: out.LoosensCount,
		Would: out.Would, WouldRefuse: out.Refused, Notes: out.Notes,
		Snapshot: snapshot, Workload: req.Workload, Took: took, effective: out.Effective,
	}
	switch {
	case out.Mode == policy.ModeAudit:
		r.Result = ResultAudited
	case out.Install != nil:
		r.Result = ResultInstalled
	}
	return r
}

// Refused is the record of a container that was not created. An error that is not a *enforce.Refusal is recorded as a
// fault of our own.
func Refused(at time.Time, snapshot string, req enforce.Request, err error, took time.Duration) Record {
	r := Record{
		Time: at, Result: ResultRefused, Reason: enforce.ReasonInternal, Message: err.Error(),
		Snapshot: snapshot, Took: took, Current: current(req.Current),
	}
	if req.Workload != nil {
		r.Door, r.Workload = req.Workload.Door, req.Workload
	}
	var refusal *enforce.Refusal
	if errors.As(err, &refusal) {
		d := refusal.Decision
		r.ID, r.Rule, r.Reason = refusal.ID, refusal.Rule, refusal.Reason
		r.Action, r.Mode = d.Action, d.Mode
	}
	return r
}

func current(c enforce.Current) string {
	switch {
	case c.State == enforce.CurrentNone:
		return "none"
	case c.State == enforce.CurrentFilter && c.RuntimeDefault:
		return "RuntimeDefault"
	case c.State == enforce.CurrentFilter:
		return "filter"
	}
	return "unknown"
}
