// Package difference says what changes between two filters, exactly, and between two policies in force.
package difference

import (
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
)

// Calls is what changes from one filter to another, for calls through the ABIs of both. Of each call that changes in some way
// there is one with arguments for which it does, as "mkdir" or "socket(arg0=38)". The lists are sorted.
type Calls struct {
	// Denied are denied, and were not before; Allowed were denied, and are not any more. A call may be in both, with other
	// arguments.
	Denied  []string `json:"denied,omitempty"`
	Allowed []string `json:"allowed,omitempty"`
	// Answered are denied, or not, as before, with another errno or action.
	Answered []string `json:"answered,omitempty"`
	// Opened and Closed are the ABIs that calls may be made through now, or may not any more.
	Opened []specs.Arch `json:"opened,omitempty"`
	Closed []specs.Arch `json:"closed,omitempty"`
}

// Empty reports whether nothing changes.
func (c Calls) Empty() bool {
	return len(c.Denied)+len(c.Allowed)+len(c.Answered)+len(c.Opened)+len(c.Closed) == 0
}

// Filters compares two filters on a host, for the ABIs that its kernel runs. A nil filter is none: everything is permitted.
func Filters(before, after *specs.LinuxSeccomp, on host.Facts) (Calls, error) {
	a, err := read(before, on)
	if err != nil {
		return Calls{}, err
	}
	b, err := read(after, on)
	if err != nil {
		return Calls{}, err
	}
	return Meanings(a, b), nil
}

// Meanings is Filters for what filters mean.
func Meanings(before, after algebra.Meaning) Calls {
	var out Calls
	old, now := before.Architectures(), after.Architectures()
	out.Closed = slices.DeleteFunc(slices.Clone(old), func(a specs.Arch) bool { return slices.Contains(now, a) })
	out.Opened = slices.DeleteFunc(slices.Clone(now), func(a specs.Arch) bool { return slices.Contains(old, a) })
	before, after = before.Restrict(now), after.Restrict(old)
	c := algebra.Compare(after, before)
	out.Allowed = calls(c.Weaker)
	out.Denied = calls(algebra.Compare(before, after).Weaker)
	for _, call := range calls(slices.Concat(c.Tighter, c.Looser)) {
		if !slices.Contains(out.Allowed, call) && !slices.Contains(out.Denied, call) {
			out.Answered = append(out.Answered, call)
		}
	}
	return out
}

func calls(list []algebra.Witness) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = strings.TrimSuffix(w.Call.String(), "()")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Looser says whether a filter permits a call that the one before it denied. It is unknown where one of them cannot be read.
func Looser(before, after *specs.LinuxSeccomp, on host.Facts) policy.Truth {
	c, err := Filters(before, after, on)
	switch {
	case err != nil:
		return policy.Unknown
	case len(c.Allowed)+len(c.Opened) > 0:
		return policy.True
	}
	return policy.False
}

func read(f *specs.LinuxSeccomp, on host.Facts) (algebra.Meaning, error) {
	if f == nil {
		f = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: on.ABIs}
	}
	m, _, err := algebra.Read(f, algebra.Env{Native: on.Native, Stub: true})
	if err != nil {
		return m, fmt.Errorf("compare filters: %w", err)
	}
	return m.Restrict(on.ABIs), nil
}
