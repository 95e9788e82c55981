// Package policy is what the owner of a node wrote: which workload gets which seccomp filter, and the decision for one workload with the reasons for it.
package policy

import "github.com/seccompd/seccompd/pkg/workload"

// APIVersion and Kind are what a policy file says of itself.
const (
	APIVersion = "seccompd/v1"
	Kind       = "NodePolicy"
)

// DefaultRule is what decisions, logs and metrics call the default action; no rule may have this name.
const DefaultRule = "default"

// Policy is one node's policy. It is plain data: it is stored as JSON in a snapshot and compiled with Compile.
// The zero value of each field is what its documentation calls the default; use the methods to read those.
type Policy struct {
	// File is the name of the file that it was read from, for messages.
	File string `json:"file,omitempty"`

	// Mode is required. A rule and the floor may have one of their own: the innermost wins.
	Mode Mode `json:"mode"`
	// Doors are the doors that this node relies on. Empty means nri alone.
	Doors []workload.Door `json:"doors,omitempty"`
	// OnError says what happens to a workload for which the policy cannot be decided. Empty means refuse.
	OnError OnError `json:"onError,omitempty"`

	// Floor is met with every container's filter; nil where there is none.
	Floor *Floor `json:"floor,omitempty"`
	// Exceptions open the floor for a while; all that match apply.
	Exceptions []Exception `json:"exceptions,omitempty"`
	// Rules are tried in order, and the first that matches decides.
	Rules []Rule `json:"rules,omitempty"`
	// Default is what happens where no rule matched. Nil means fill with RuntimeDefault.
	Default *Default `json:"default,omitempty"`

	// Normalise says whether filters are rewritten to what runtimes read in one way only. Nil means yes where the mode
	// is enforce and no where it is audit.
	Normalise *bool `json:"normalise,omitempty"`
	// Architectures says which ABIs stay in a filter. Empty means trim.
	Architectures Architectures `json:"architectures,omitempty"`
	// StrictIdentity makes CRI annotations in a bundle unknown until containerd's own record confirms them.
	StrictIdentity bool `json:"strictIdentity,omitempty"`
	// HonourLegacyAnnotations reads the seccomp annotations that Kubernetes dropped in 1.27 as a workload's request.
	HonourLegacyAnnotations bool `json:"honourLegacyAnnotations,omitempty"`
	// RefuseWeakening refuses an apply that permits more than the policy in force.
	RefuseWeakening bool `json:"refuseWeakening,omitempty"`
	// LogDenials has the kernel log the calls that filters deny. A rule may say otherwise for itself.
	LogDenials bool `json:"logDenials,omitempty"`
	// OnBudget says what happens where a filter outgrows its size limit at creation. Empty means tighten.
	OnBudget OnBudget `json:"onBudget,omitempty"`

	Source Source `json:"source,omitzero"`
}

// Default is what happens to a workload that no rule matched.
type Default struct {
	Action  Action      `json:"action"`
	Profile *ProfileRef `json:"profile,omitempty"`
	Message string      `json:"message,omitempty"`
	Source  Source      `json:"source,omitzero"`
}

// RelyOn lists the doors that the node relies on: Doors, or nri where none is named.
func (p *Policy) RelyOn() []workload.Door {
	if len(p.Doors) == 0 {
		return []workload.Door{workload.DoorNRI}
	}
	return p.Doors
}

// Fallback returns the default action: Default, or fill with RuntimeDefault where the policy has none.
func (p *Policy) Fallback() Default {
	if p.Default != nil {
		return *p.Default
	}
	return Default{Action: ActionFill, Profile: &ProfileRef{Type: TypeRuntimeDefault}, Source: p.Source}
}

// FailMode returns what to do where the policy cannot be decided.
func (p *Policy) FailMode() OnError {
	if p.OnError == "" {
		return OnErrorRefuse
	}
	return p.OnError
}

// ModeOf returns the mode of a rule: its own, or the policy's. The index -1 stands for the default action.
func (p *Policy) ModeOf(rule int) Mode {
	if rule >= 0 && p.Rules[rule].Mode != "" {
		return p.Rules[rule].Mode
	}
	return p.Mode
}

// FloorMode returns the mode of the floor: its own, or the policy's.
func (p *Policy) FloorMode() Mode {
	if p.Floor != nil && p.Floor.Mode != "" {
		return p.Floor.Mode
	}
	return p.Mode
}

// Normalises reports whether filters are normalised in a mode.
func (p *Policy) Normalises(m Mode) bool {
	if p.Normalise != nil {
		return *p.Normalise
	}
	return m == ModeEnforce
}
