// Package enforce turns a request to create a container into an outcome: the only place where policy meets profiles.
//
// Every door builds one Request and obeys one Outcome:
//
//	engine, err := enforce.New(snapshot, time.Now)
//	outcome, err := engine.Enforce(enforce.Request{Workload: w, Current: current})
//	// err != nil: do not create the container. Otherwise install outcome.Install, if it is not nil.
package enforce

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Request is a container about to be created, as one door sees it.
type Request struct {
	Workload *workload.Workload
	Current  Current
	// Runtime is the name of the OCI runtime that will load the filter ("runc", "crun"); "" is not known, and then the filter
	// is one that every runtime of the host loads. One that the facts of the host do not have is taken for one whose
	// libseccomp is the oldest that there may be.
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
	// CurrentFilter: Current.Filter is what it would have; nil where only that is known that it would have one.
	CurrentFilter
)

// Current is the filter that a workload would have without us. Enforce does not change it and may hold on to it: nobody
// else may change it either.
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
	// Profile names what Effective was made from, before the floor: a policy's profile, or CurrentProfile.
	Profile  string
	Decision policy.Decision
	// Mode is enforce where something must hold of the container: the strictest of the modes of its rule and of the floor.
	Mode policy.Mode
	// Floor says that the policy has a floor and that no exception takes the whole of it away from the workload.
	Floor bool
	// Exceptions are the names of those that match the workload and have not ended.
	Exceptions []string
	// Would is what enforcing would have done, where the rule or the floor is in audit mode; "" elsewhere.
	Would string
	// Refused says that enforcing would have refused the container, where the rule or the floor is in audit mode.
	Refused bool
	// Loosens are calls, at most three, that Effective permits and that both the current filter and the runtime default
	// deny; LoosensCount is how many system calls there are such arguments of.
	Loosens      []string
	LoosensCount int
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
	// regions are the lists of calls of the policy, by policy.CallsKey: each denies the calls of one list.
	regions map[string]algebra.Meaning
	// opens are the exceptions that have a part in the floor.
	opens policy.ExceptionSet
	// timed are the floor's entries that have times.
	timed    []policy.Call
	meanings cache[meaningKey, meaning]
	denied   cache[floorKey, floors]
	results  cache[resultKey, result]
	// warm computes what does not depend on the workload, once.
	warm func() error
	// memory keeps results beyond the process, of this program; nil where none does.
	memory  Memory
	program string
}

// New returns the engine of a snapshot. It computes with each profile once, so that an error in one shows here and not when
// a container comes.
func New(s *snapshot.Snapshot, now func() time.Time) (*Engine, error) {
	e, err := begin(s, now)
	if err != nil {
		return nil, err
	}
	if err := e.warm(); err != nil {
		return nil, fmt.Errorf("make engine: %w", err)
	}
	return e, nil
}

// begin makes an engine that has computed nothing yet.
func begin(s *snapshot.Snapshot, now func() time.Time) (*Engine, error) {
	if s == nil {
		return nil, errors.New("make engine: no snapshot")
	}
	c, err := policy.Compile(s.Policy)
	if err != nil {
		return nil, fmt.Errorf("make engine: %w", err)
	}
	e := &Engine{snap: s, policy: c, host: s.Facts, now: now, ids: newIDs(), opens: opening(s.Policy)}
	if f := s.Policy.Floor; f != nil {
		e.timed = f.Sometimes()
	}
	e.warm = sync.OnceValue(e.compile)
	return e, nil
}

// Snapshot returns the digest of the snapshot that the engine decides by.
func (e *Engine) Snapshot() string { return e.snap.Digest }

// Policy returns the policy that the engine decides by. It must not be changed.
func (e *Engine) Policy() *policy.Policy { return e.snap.Policy }

// Enforce decides what a container gets. An error means that it must not be created, and is a *Refusal. What a policy in
// audit mode would have refused is an Outcome that says so.
func (e *Engine) Enforce(req Request) (Outcome, error) {
	now := e.now()
	d := e.policy.Decide(req.Workload, now)
	r := e.result(req, d, e.phase(now))
	id := e.ids.next()
	if r.refusal != nil {
		refusal := *r.refusal
		refusal.ID, refusal.Decision = id, d
		if refusal.Rule == "" {
			refusal.Rule = ruleName(d)
		}
		return Outcome{}, &refusal
	}
	out := r.outcome
	out.ID, out.Decision = id, d
	for _, i := range d.Exceptions.Indexes() {
		out.Exceptions = append(out.Exceptions, e.snap.Policy.Exceptions[i].Name)
	}
	return out, nil
}

// ruleName is the rule that decided, or the one that could not be decided.
func ruleName(d policy.Decision) string {
	if d.RuleName != "" {
		return d.RuleName
	}
	return d.UndecidableRule
}

// CurrentProfile is what Outcome.Profile says where the current filter stays, as it is or rewritten to mean the same.
const CurrentProfile = "current"
