// Package lower rewrites a seccomp filter so that it means the same where its defaultErrnoRet gets lost.
//
// NRI carries a filter from a plugin into a container's spec without its defaultErrnoRet (all versions to 0.12.5):
// calls that no rule names would then answer EPERM instead of the errno that the profile says, and user space that
// falls back on ENOSYS only would break. So the default is spelled out, as explicit rules for every known call.
package lower

import (
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// eperm and enosys are the same number on every architecture of the tables.
const (
	eperm  = 1
	enosys = 38
)

// DefaultErrno returns a filter without defaultErrnoRet that answers every call as f does, on the ABI native and on
// those that f lists. f is not changed; a filter that does not need it comes back as a plain copy.
//
// Exact for every call that the tables of pkg/syscalls know. A call that they do not know and that no rule names is
// answered by the stub that runc puts before a filter (ENOSYS above the highest number named), and otherwise by EPERM.
//
// The error names the call whose rules cannot be spelled out: where the complement of its conditions has no exact
// form, where rules with different actions overlap (the runtime's library then decides, and would decide anew), or
// where a multiplexer such as socketcall(2) of i386 hides the conditions.
func DefaultErrno(f *specs.LinuxSeccomp, native specs.Arch) (*specs.LinuxSeccomp, error) {
	out := clone(f)
	out.DefaultErrnoRet = nil
	if !answersErrno(f.DefaultAction) || f.DefaultErrnoRet == nil || *f.DefaultErrnoRet == eperm {
		return out, nil
	}
	fallback := answer{action: f.DefaultAction, errno: *f.DefaultErrnoRet}
	calls, order := read(f, fallback)
	abis, err := tables(native, f.Architectures)
	if err != nil {
		return nil, err
	}
	l := lowering{fallback: fallback, calls: calls, order: order, abis: abis, narrow: narrow(abis)}
	rules, err := l.rules(f)
	if err != nil {
		return nil, fmt.Errorf("spell out default %s errno %d: %w", f.DefaultAction, *f.DefaultErrnoRet, err)
	}
	out.Syscalls = rules
	return out, nil
}

// lowering is the state of one call of DefaultErrno.
type lowering struct {
	fallback answer
	calls    map[string]*call
	order    []string // names of calls, in the order of their first rule
	abis     []abi
	narrow   bool
}

// rules emits unconditional rules first: a runtime's library then drops what they shadow, whichever way it came in.
func (l *lowering) rules(f *specs.LinuxSeccomp) ([]specs.LinuxSyscall, error) {
	var always, sometimes []specs.LinuxSyscall
	for _, name := range l.order {
		c := l.calls[name]
		if c.always != nil {
			always = appendRule(always, name, *c.always, nil)
			continue
		}
		rest, err := l.complement(c)
		if err != nil {
			return nil, fmt.Errorf("call %s: %w", name, err)
		}
		c.exhaustive = len(rest) == 0
		for _, r := range c.rules {
			sometimes = appendRule(sometimes, name, r.answer, r.args)
		}
		for _, args := range rest {
			sometimes = appendRule(sometimes, name, l.fallback, args)
		}
	}
	unnamed, gaps, err := l.unnamed()
	if err != nil {
		return nil, err
	}
	above := l.aboveHighest(f)
	for _, name := range unnamed {
		a := l.fallback
		if above(name) {
			a = answer{specs.ActErrno, enosys}
		}
		always = appendRule(always, name, a, nil)
	}
	return slices.Concat(always, sometimes, gaps), nil
}

// appendRule adds a rule for one call, to the last rule of the list where that says the same for other calls.
func appendRule(list []specs.LinuxSyscall, name string, a answer, args []specs.LinuxSeccompArg) []specs.LinuxSyscall {
	if n := len(list); n > 0 && len(args) == 0 && len(list[n-1].Args) == 0 && answerOf(list[n-1]) == a {
		list[n-1].Names = append(list[n-1].Names, name)
		return list
	}
	r := specs.LinuxSyscall{Names: []string{name}, Action: a.action, Args: slices.Clone(args)}
	if answersErrno(a.action) && a.errno != eperm {
		errno := a.errno
		r.ErrnoRet = &errno
	}
	return append(list, r)
}

func clone(f *specs.LinuxSeccomp) *specs.LinuxSeccomp {
	out := *f
	out.Architectures = slices.Clone(f.Architectures)
	out.Flags = slices.Clone(f.Flags)
	out.Syscalls = slices.Clone(f.Syscalls)
	for i, s := range out.Syscalls {
		out.Syscalls[i].Names = slices.Clone(s.Names)
		out.Syscalls[i].Args = slices.Clone(s.Args)
		if s.ErrnoRet != nil {
			errno := *s.ErrnoRet
			out.Syscalls[i].ErrnoRet = &errno
		}
	}
	return &out
}
