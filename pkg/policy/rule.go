package policy

import (
	"slices"
	"time"
)

// Rule is one match and one action.
type Rule struct {
	// Name is what refusals, records and metrics call the rule. No two rules share one.
	Name string `json:"name"`
	// Match says which workloads the rule is for. The empty Match is for all of them.
	Match  Match  `json:"match"`
	Action Action `json:"action"`
	// Profile is what fill, restrict and replace work with; nil for the other actions.
	Profile *ProfileRef `json:"profile,omitempty"`
	// Mode is the rule's own mode; empty means the policy's.
	Mode Mode `json:"mode,omitempty"`
	// LogDenials is the rule's own choice; nil means the policy's.
	LogDenials *bool `json:"logDenials,omitempty"`
	// Message is what a refused workload's owner reads; one line.
	Message string `json:"message,omitempty"`
	Source  Source `json:"source,omitzero"`
}

// Floor is what is met with every container's filter. Exactly one of Deny and Profile is given.
type Floor struct {
	// Mode is the floor's own mode; empty means the policy's.
	Mode Mode   `json:"mode,omitempty"`
	Deny []Call `json:"deny,omitempty"`
	// LeaveOpen names calls of which what packs in Deny hit beside their aim stays open.
	LeaveOpen []string    `json:"leaveOpen,omitempty"`
	Profile   *ProfileRef `json:"profile,omitempty"`
	Source    Source      `json:"source,omitzero"`
}

// Exception opens the floor, or passes over rules, for some workloads until a time. All exceptions that match a workload apply.
type Exception struct {
	Name  string `json:"name"`
	Match Match  `json:"match"`
	// Allow lists what is taken out of the floor. Exactly one of Allow and Skip is given.
	Allow []Call `json:"allow,omitempty"`
	// Skip lists rules that are passed over as if they did not match; SkipFloor takes the whole floor away.
	Skip []string `json:"skip,omitempty"`
	// Until is when the exception ends; from then on it is ignored.
	Until time.Time `json:"until"`
	// Reason is for whoever reads the policy or a record later.
	Reason string `json:"reason,omitempty"`
	Source Source `json:"source,omitzero"`
}

// SkipsFloor reports whether the exception takes the whole floor away.
func (e *Exception) SkipsFloor() bool { return slices.Contains(e.Skip, SkipFloor) }

// Expired reports whether the exception has ended.
func (e *Exception) Expired(now time.Time) bool { return !now.Before(e.Until) }
