package profile

import (
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

func (o *overlay) allow(names []string) {
	if len(names) == 0 {
		return
	}
	o.remove(names)
	o.p.Rules = append(o.p.Rules, Rule{Names: names, Action: specs.ActAllow})
}

// deny leaves alone what base denies to everybody for all arguments, and gives every other name one rule. Under a default
// that denies without an answer (KILL, TRAP) that rule is the default, which is the stricter.
func (o *overlay) deny(names []string) {
	var eperms, enosys, defaults []string
	for _, name := range names {
		switch {
		case o.denied(name):
		case strictness(o.p.DefaultAction) < strictness(specs.ActErrno):
			defaults = append(defaults, name)
		case syscalls.ExpectsENOSYS(name):
			enosys = append(enosys, name)
		case o.p.DefaultAction == specs.ActErrno:
			defaults = append(defaults, name)
		default:
			eperms = append(eperms, name)
		}
	}
	o.remove(slices.Concat(eperms, enosys, defaults))
	no, perm := uint(38), uint(eperm) // ENOSYS and EPERM of asm-generic/errno.h, the numbers that all nine ABIs share
	o.add(Rule{Names: enosys, Action: specs.ActErrno, ErrnoRet: &no})
	o.add(Rule{Names: eperms, Action: specs.ActErrno, ErrnoRet: &perm})
	o.add(Rule{Names: defaults, Action: o.p.DefaultAction, ErrnoRet: cloneErrno(o.p.DefaultErrnoRet)})
}

func (o *overlay) add(r Rule) {
	if len(r.Names) > 0 {
		o.p.Rules = append(o.p.Rules, r)
	}
}

// denied reports whether rules of the name deny it always: each has no condition of any kind.
func (o *overlay) denied(name string) bool {
	found := false
	for _, r := range o.p.Rules {
		if !slices.Contains(r.Names, name) {
			continue
		}
		if !denies(r.Action) || len(r.Args) > 0 || r.Includes != nil || r.Excludes != nil {
			return false
		}
		found = true
	}
	return found
}

// remove takes names out of all rules.
func (o *overlay) remove(names []string) {
	var rules []Rule
	for _, r := range o.p.Rules {
		r.Names = slices.DeleteFunc(r.Names, func(n string) bool { return slices.Contains(names, n) })
		if len(r.Names) > 0 {
			rules = append(rules, r)
		}
	}
	o.p.Rules = rules
}

// multiplexed refuses denials that a multiplexer goes round: on 32-bit x86 libseccomp turns the denial of socket(2) into
// a rule for socketcall(2), and an allowed socketcall makes that rule vanish.
func (o *overlay) multiplexed(names []string) error {
	for _, name := range names {
		m := multiplexer(name)
		if m == "" || slices.Contains(names, m) || o.denied(m) || denies(o.p.DefaultAction) && !o.named(m) {
			continue
		}
		return fmt.Errorf("%s can still be called through %s on 32-bit x86, ppc64le and s390x (deny %s too, and all that it carries): %w", name, m, m, ErrNeedsAlgebra)
	}
	return nil
}

func (o *overlay) named(name string) bool {
	return slices.ContainsFunc(o.p.Rules, func(r Rule) bool { return slices.Contains(r.Names, name) })
}
