// Package difference says what changes between two filters and between two policies in force, as far as the names of calls tell.
//
// It compares each call by name. Where two filters have other conditions on the arguments of one call, it says so and not
// which of them permits more: every question about that has the answer Unknown.
package difference

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Calls is what changes from one filter to another. Each call is in one list, the lists are sorted.
type Calls struct {
	// Denied are denied whatever their arguments, and were not before.
	Denied []string `json:"denied,omitempty"`
	// Allowed are permitted whatever their arguments, and were not before.
	Allowed []string `json:"allowed,omitempty"`
	// Conditional are permitted depending on their arguments, under conditions that were not there or were others.
	Conditional []string `json:"conditional,omitempty"`
	// Answered are denied, or permitted, as before, with another errno or action.
	Answered []string `json:"answered,omitempty"`
	// Opened and Closed are the ABIs that calls may be made through now, or may not any more.
	Opened []specs.Arch `json:"opened,omitempty"`
	Closed []specs.Arch `json:"closed,omitempty"`
}

// Empty reports whether nothing changes.
func (c Calls) Empty() bool {
	return len(c.Denied)+len(c.Allowed)+len(c.Conditional)+len(c.Answered)+len(c.Opened)+len(c.Closed) == 0
}

// Filters compares two filters on a host. A nil filter is none: everything is permitted.
func Filters(before, after *specs.LinuxSeccomp, on host.Facts) Calls {
	var out Calls
	old, now := newFilter(before), newFilter(after)
	for _, name := range names(on) {
		a, b := old.answer(name), now.answer(name)
		switch {
		case a == b:
		case b.denies() && !a.denies():
			out.Denied = append(out.Denied, name)
		case b.permits() && !a.permits():
			out.Allowed = append(out.Allowed, name)
		case b.conditional() && !b.denies() && !b.permits():
			out.Conditional = append(out.Conditional, name)
		default:
			out.Answered = append(out.Answered, name)
		}
	}
	for _, abi := range on.ABIs {
		switch a, b := old.through(abi, on), now.through(abi, on); {
		case a && !b:
			out.Closed = append(out.Closed, abi)
		case b && !a:
			out.Opened = append(out.Opened, abi)
		}
	}
	return out
}

// Looser says whether a filter permits a call that the one before it denied.
func Looser(before, after *specs.LinuxSeccomp, on host.Facts) policy.Truth {
	old, now := newFilter(before), newFilter(after)
	// The default also answers calls that no table has.
	answer := looser(old.fallback, now.fallback)
	for _, name := range names(on) {
		answer = answer.Or(looser(old.answer(name), now.answer(name)))
	}
	for _, abi := range on.ABIs {
		if now.through(abi, on) && !old.through(abi, on) {
			return policy.True
		}
	}
	return answer
}

func looser(before, after treatment) policy.Truth {
	switch {
	case before == after, after.denies(), before.permits():
		return policy.False
	case before.denies():
		return policy.True
	}
	return policy.Unknown
}

// names lists every call of a host's ABIs, sorted.
func names(on host.Facts) []string {
	var out []string
	for _, abi := range on.ABIs {
		if t, ok := syscalls.Table(abi); ok {
			out = append(out, t.Names()...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
