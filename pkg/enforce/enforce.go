// Package enforce turns a request to create a container into an outcome: the only place where policy meets profiles.
//
// Every door builds one Request and obeys one Outcome:
//
//	engine, err := enforce.New(snapshot, time.Now)
//	outcome, err := engine.Enforce(enforce.Request{Workload: w, Current: current})
//	// err != nil: do not create the container. Otherwise install outcome.Install, if it is not nil.
package enforce

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Request is a container about to be created, as one door sees it.
type Request struct {
	Workload *workload.Workload
	Current  Current
	// Runtime is the name of the OCI runtime that will load the filter ("runc", "crun"); "" is the host's default.
	Runtime string
	// Unheeded says that the engine does not read what Workload.Requested was taken from, so that Current has nothing of
	// it: a workload that asked for a profile in such a way has not got it.
	Unheeded bool
}

// CurrentState says what a door knows of the filter that a workload would have without us.
type CurrentState uint8

// The states. Unknown is the zero value.
const (
	CurrentUnknown CurrentState = iota
	// CurrentNone: the workload would be unconfined.
	CurrentNone
	// CurrentFilter: Current.Filter is what it would have.
	CurrentFilter
)

// Current is the filter that a workload would have without us. Enforce does not change it.
type Current struct {
	State  CurrentState
	Filter *specs.LinuxSeccomp
	// RuntimeDefault says that the engine itself computed Filter as its runtime default for this workload.
	RuntimeDefault bool
}

// Outcome is what a door does with a container that may be created.
type Outcome struct {
	// ID names the outcome in logs and records.
	ID string
	// Install is the filter to install; nil means that the current one stays as it is. It is shared: it must not be
	// changed.
	Install *specs.LinuxSeccomp
	// Effective is the filter that the container runs under: Install, or the current one; nil where that is none or unknown.
	Effective *specs.LinuxSeccomp
	// Profile names what Effective was made from: a policy's profile, or CurrentProfile.
	Profile  string
	Decision policy.Decision
	// Would is what enforcing would have done, where the decision is in audit mode; "" elsewhere.
	Would string
	// Refused says that enforcing would have refused the container, where the decision is in audit mode.
	Refused bool
	// Notes say what was assumed or changed on the way, for the record: one sentence each.
	Notes []string
}

// Engine decides. It holds one snapshot and never changes; a new snapshot is a new Engine. It is safe for concurrent use.
type Engine struct {
	snap   *snapshot.Snapshot
	policy *policy.Compiled
	host   host.Facts
	now    func() time.Time
	ids    *ids
	// overlays are the inline profiles on top of an engine's default.
	overlays map[overlayKey]*profile.Profile
	cache    filters
	logged   logged
}

// New returns the engine of a snapshot. It resolves each profile that does not depend on the workload, so that an error in
// one shows here and not when a container comes.
func New(s *snapshot.Snapshot, now func() time.Time) (*Engine, error) {
	if s == nil {
		return nil, errors.New("make engine: no snapshot")
	}
	c, err := policy.Compile(s.Policy)
	if err != nil {
		return nil, fmt.Errorf("make engine: %w", err)
	}
	e := &Engine{snap: s, policy: c, host: s.Facts, now: now, ids: newIDs()}
	if err := e.warm(); err != nil {
		return nil, fmt.Errorf("make engine: %w", err)
	}
	return e, nil
}

// Snapshot returns the digest of the snapshot that the engine decides by.
func (e *Engine) Snapshot() string { return e.snap.Digest }

// Policy returns the policy that the engine decides by. It must not be changed.
func (e *Engine) Policy() *policy.Policy { return e.snap.Policy }

// Enforce decides what a container gets. An error means that it must not be created, and is a *Refusal. What a policy in
// audit mode would have refused is an Outcome that says so.
func (e *Engine) Enforce(req Request) (Outcome, error) {
	d := e.policy.Decide(req.Workload, e.now())
	out, refusal := e.enforce(req, d)
	out.ID = e.ids.next()
	out.Decision = d
	if refusal != nil {
		refusal.ID = out.ID
		refusal.Rule = cmp.Or(d.RuleName, d.UndecidableRule)
		refusal.Decision = d
	}
	if d.Mode == policy.ModeAudit {
		return e.audit(req, out, refusal), nil
	}
	if refusal != nil {
		return Outcome{}, refusal
	}
	return e.logDenials(req, out), nil
}

// audit turns what enforcing would do into an outcome that installs nothing.
func (e *Engine) audit(req Request, out Outcome, refusal *Refusal) Outcome {
	a := Outcome{ID: out.ID, Decision: out.Decision, Profile: CurrentProfile, Effective: req.Current.Filter, Notes: out.Notes}
	switch {
	case refusal != nil:
		a.Refused = true
		a.Would = "refuse: " + refusal.Message
	case out.Install == nil:
		a.Would = "keep the current filter"
	case out.Profile == CurrentProfile:
		a.Would = "keep the current filter, trimmed" // the notes say of what
	default:
		a.Would = "install " + out.Profile
	}
	return a
}

// CurrentProfile is what Outcome.Profile says where the current filter stays, whole or trimmed.
const CurrentProfile = "current"
