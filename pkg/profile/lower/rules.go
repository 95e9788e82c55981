package lower

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// answer is what the kernel does with a call: an action and, for those that have one, its errno.
type answer struct {
	action specs.LinuxSeccompAction
	errno  uint
}

// answersErrno reports whether runtimes give the action a number: the errno of SCMP_ACT_ERRNO, the message of
// SCMP_ACT_TRACE. Without one both get EPERM (runc's libcontainer/seccomp, crun's seccomp.c).
func answersErrno(a specs.LinuxSeccompAction) bool { return a == specs.ActErrno || a == specs.ActTrace }

func answerOf(s specs.LinuxSyscall) answer {
	a := answer{action: s.Action}
	if answersErrno(s.Action) {
		a.errno = eperm
		if s.ErrnoRet != nil {
			a.errno = *s.ErrnoRet
		}
	}
	return a
}

// call is what the rules of one call mean to a runtime.
type call struct {
	name string
	// always is the answer of its unconditional rule. Runtimes drop all other rules of such a call: those that come
	// later add nothing to it, and it replaces those that came before.
	always *answer
	rules  []conditional
	// exhaustive: the conditions leave no case to the default.
	exhaustive bool
}

type conditional struct {
	answer answer
	args   []specs.LinuxSeccompArg // each argument at most once
}

// read takes the rules of a filter apart as runtimes do: a rule that answers as the default does is skipped, and one
// that names an argument twice becomes a rule per condition, of which any may hold.
func read(f *specs.LinuxSeccomp, fallback answer) (calls map[string]*call, order []string) {
	calls = map[string]*call{}
	for _, s := range f.Syscalls {
		a := answerOf(s)
		if a == fallback {
			continue
		}
		for _, name := range s.Names {
			c, ok := calls[name]
			if !ok {
				c = &call{name: name}
				calls[name] = c
				order = append(order, name)
			}
			c.add(a, s.Args)
		}
	}
	return calls, order
}

func (c *call) add(a answer, args []specs.LinuxSeccompArg) {
	switch {
	case c.always != nil:
	case len(args) == 0:
		c.always, c.rules = &a, nil
	case repeats(args):
		for _, arg := range args {
			c.rules = append(c.rules, conditional{a, []specs.LinuxSeccompArg{arg}})
		}
	default:
		c.rules = append(c.rules, conditional{a, args})
	}
}

func repeats(args []specs.LinuxSeccompArg) bool {
	var seen [arguments]bool
	for _, a := range args {
		if a.Index < arguments {
			if seen[a.Index] {
				return true
			}
			seen[a.Index] = true
		}
	}
	return false
}
