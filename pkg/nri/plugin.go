package nri

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/containerd/nri/pkg/api"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/policy"
)

// Engine decides: *enforce.Engine.
type Engine interface {
	Enforce(enforce.Request) (enforce.Outcome, error)
	Policy() *policy.Policy
	Snapshot() string
}

// Settings are those of a Plugin. Engine and Record are called within requests, one after another, and must not wait.
type Settings struct {
	// Engine returns the policy in force, or an error that says why there is none and what to do.
	Engine func() (Engine, error)
	// Record takes the record of each decision. Nil drops them.
	Record func(audit.Record)
	// Records is where the runtime door finds what was known here of a container; none where it is empty.
	Records handoff.Dir
	// Native is the ABI of the machine.
	Native specs.Arch
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Changed is called when the state changes. It may be nil.
	Changed func(State)
	// Observe is called with the duration of each handler, by its name. It may be nil.
	Observe func(handler string, took time.Duration)
}

// Plugin answers NRI's requests. It is the value that a stub serves; its handlers are called by the stub.
type Plugin struct {
	set Settings

	mu      sync.Mutex
	state   State
	rep     reports
	pending pending
	wires   wires
	digests map[*api.LinuxSeccomp]string

	// began is when the oldest handler that still runs began, in nanoseconds; 0 where none runs.
	began atomic.Int64
	// left counts the records that were left for the runtime door.
	left atomic.Uint64
}

// New returns a plugin.
func New(s Settings) *Plugin {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Record == nil {
		s.Record = func(audit.Record) {}
	}
	if s.Changed == nil {
		s.Changed = func(State) {}
	}
	if s.Observe == nil {
		s.Observe = func(string, time.Duration) {}
	}
	return &Plugin{set: s}
}

// Tri is an answer that may be missing.
type Tri string

// The answers.
const (
	Yes     Tri = "yes"
	No      Tri = "no"
	Unknown Tri = "unknown"
)

// State is what the plugin knows of its connection.
type State struct {
	Connected bool    `json:"connected"`
	Runtime   Runtime `json:"runtime,omitzero"`
	// Containers is how many were there when the connection was made.
	Containers int `json:"containers"`
	// Validator: the runtime asks us about every container before it is created. FailurePolicy: it refuses one when we
	// do not answer. DefaultValidator: its own validator, which can require plugins, is on; what it requires is not told.
	Validator        Tri `json:"validator"`
	FailurePolicy    Tri `json:"failurePolicy"`
	DefaultValidator Tri `json:"defaultValidator"`
	// Error is why there is no connection.
	Error string `json:"error,omitempty"`
}

// State returns what the plugin knows now.
func (p *Plugin) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// change changes the state and tells about it if it is another one.
func (p *Plugin) change(f func(*State)) {
	p.mu.Lock()
	old := p.state
	f(&p.state)
	now := p.state
	p.mu.Unlock()
	if now != old {
		p.set.Changed(now)
	}
}

// Stuck returns for how long the oldest running handler has been running: a watchdog restarts the daemon where it is
// longer than any request may take.
func (p *Plugin) Stuck() time.Duration {
	if began := p.began.Load(); began != 0 {
		return time.Duration(time.Now().UnixNano() - began)
	}
	return 0
}
