package drift

import "slices"

// Verdict says how a container stands to the policy in force.
type Verdict string

// The verdicts, in the order in which they are always named.
const (
	// Enforced: what the policy denies it is denied, or more.
	Enforced Verdict = "enforced"
	// Unverified: it has a kernel of its own (Kata, gVisor), which cannot be looked into from here.
	Unverified Verdict = "unverified"
	// Unknown: it cannot be told, and the reason says why.
	Unknown Verdict = "unknown"
	// Stale: it was decided on by an older policy, or by none yet, and may do what a new one may not.
	Stale Verdict = "stale"
	// Outlived: it has what an exception allowed, and the exception has ended.
	Outlived Verdict = "outlived"
	// Weaker: it may do what the policy denied it then and now.
	Weaker Verdict = "weaker"
	// Unfiltered: a thread of it has no filter, and it should have one.
	Unfiltered Verdict = "unfiltered"
)

// Verdicts lists every verdict, from the one that is well to the one that is worst.
func Verdicts() []Verdict {
	return []Verdict{Enforced, Unverified, Unknown, Stale, Outlived, Weaker, Unfiltered}
}

// worse reports whether a verdict is worse than another.
func (v Verdict) worse(o Verdict) bool {
	return slices.Index(Verdicts(), v) > slices.Index(Verdicts(), o)
}

// Basis is what a verdict stands on.
type Basis string

// The bases.
const (
	BySpec   Basis = "spec"
	ByKernel Basis = "kernel"
)
