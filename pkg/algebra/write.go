package algebra

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// write turns what the targets say into rules: first those without conditions, by answer, then the others, by first name.
func (e *emitter) write() *specs.LinuxSeccomp {
	f := &specs.LinuxSeccomp{Architectures: e.m.Architectures()}
	f.DefaultAction, f.DefaultErrnoRet = e.fallback.spell()
	always := map[answer][]string{}
	grouped := map[piece]int{}
	var sometimes []specs.LinuxSyscall
	notifies := false
	for _, t := range e.targets {
		if !t.named {
			if a, ok := e.hoped(t); ok {
				always[a] = append(always[a], t.name)
			}
			continue
		}
		if t.out.constant() {
			if a := t.out.answer(); a != e.fallback {
				always[a] = append(always[a], t.name)
			}
			continue
		}
		for _, c := range t.native {
			notifies = notifies || c.answer == rankNotify
			s := specs.LinuxSyscall{Names: []string{t.name}, Args: c.arguments()}
			s.Action, s.ErrnoRet = c.answer.spell()
			sometimes = append(sometimes, s)
		}
		if t.native != nil {
			continue
		}
		for _, p := range t.out.cubes(e.fallback) {
			notifies = notifies || p.answer == rankNotify
			if i, ok := grouped[p]; ok {
				sometimes[i].Names = append(sometimes[i].Names, t.name)
				continue
			}
			grouped[p] = len(sometimes)
			s := specs.LinuxSyscall{Names: []string{t.name}, Args: p.arguments()}
			s.Action, s.ErrnoRet = p.answer.spell()
			sometimes = append(sometimes, s)
		}
	}
	var answers []answer
	for a := range always {
		answers = append(answers, a)
	}
	slices.Sort(answers)
	for _, a := range answers {
		notifies = notifies || a == rankNotify
		s := specs.LinuxSyscall{Names: always[a]}
		s.Action, s.ErrnoRet = a.spell()
		f.Syscalls = append(f.Syscalls, s)
	}
	f.Syscalls = append(f.Syscalls, sometimes...)
	e.m.flags.emit(f, notifies)
	return f
}

// spell returns an answer as rules write it. EPERM is what runtimes return where no number is given, and is left out: one
// spelling for one thing.
func (a answer) spell() (specs.LinuxSeccompAction, *uint) {
	out := a.unpack()
	if r := a.rank(); (r == rankErrno || r == rankTrace) && out.Errno != eperm {
		return out.Action, &out.Errno
	}
	return out.Action, nil
}

// hoped returns what a call is permitted with that no libseccomp of the environment is certain to know, on any ABI. A rule for
// it is skipped by a runtime that does not know it, and permits what is meant by one that does: distributions add calls to the
// libseccomp that they ship, and one may be newer than it was when it was asked.
func (e *emitter) hoped(t *target) (answer, bool) {
	if t.carried || e.fallback.class() != Denies || len(t.at) == 0 {
		return 0, false
	}
	first := t.at[0].tree
	for _, p := range t.at {
		if p.known || !p.constant() || !p.equal(first) {
			return 0, false
		}
	}
	return first.answer(), first.answer().class() == Permits
}
