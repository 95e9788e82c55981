package difference

import (
	"encoding/json"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
)

// treatment is what a filter does with one call. Treatments that are equal mean the same.
type treatment struct {
	action specs.LinuxSeccompAction
	errno  uint
	// rules are the conditions, and the treatment where none holds, where it depends on arguments.
	rules string
	// some says that a conditional treatment permits the call for some arguments, all that it denies it for none.
	some, all bool
}

func (t treatment) conditional() bool { return t.rules != "" }

// denies and permits say what a treatment does for every argument. What another process answers is neither.
func (t treatment) denies() bool {
	if t.conditional() {
		return !t.some
	}
	return denies(t.action)
}

func (t treatment) permits() bool {
	if t.conditional() {
		return t.all
	}
	return t.action == specs.ActAllow || t.action == specs.ActLog
}

func denies(a specs.LinuxSeccompAction) bool {
	switch a {
	case specs.ActKillProcess, specs.ActKillThread, specs.ActKill, specs.ActTrap, specs.ActErrno:
		return true
	case specs.ActNotify, specs.ActTrace, specs.ActLog, specs.ActAllow:
	}
	return false
}

// filter is a filter with its rules by call.
type filter struct {
	fallback treatment
	rules    map[string][]specs.LinuxSyscall
	arches   []specs.Arch
	none     bool
}

func newFilter(s *specs.LinuxSeccomp) *filter {
	if s == nil {
		return &filter{fallback: treatment{action: specs.ActAllow}, none: true}
	}
	f := &filter{fallback: unconditional(s.DefaultAction, s.DefaultErrnoRet), rules: map[string][]specs.LinuxSyscall{}, arches: s.Architectures}
	for _, r := range s.Syscalls {
		// Runtimes skip a rule that does what the default does.
		if unconditional(r.Action, r.ErrnoRet) == f.fallback {
			continue
		}
		for _, name := range r.Names {
			f.rules[name] = append(f.rules[name], r)
		}
	}
	return f
}

func unconditional(a specs.LinuxSeccompAction, errno *uint) treatment {
	t := treatment{action: a}
	if a == specs.ActKill {
		t.action = specs.ActKillThread
	}
	if a == specs.ActErrno || a == specs.ActTrace {
		t.errno = 1 // EPERM, where no number is given
		if errno != nil {
			t.errno = *errno
		}
	}
	return t
}

// answer is what the filter does with a call. An unconditional rule makes every other one for its call vanish, as
// libseccomp has it, wherever it stands.
func (f *filter) answer(name string) treatment {
	rules := f.rules[name]
	if len(rules) == 0 {
		return f.fallback
	}
	t := treatment{some: !denies(f.fallback.action), all: f.fallback.permits()}
	var key []specs.LinuxSyscall
	for _, r := range rules {
		one := unconditional(r.Action, r.ErrnoRet)
		if len(r.Args) == 0 {
			return one
		}
		t.some, t.all = t.some || !one.denies(), t.all && one.permits()
		errno := one.errno
		key = append(key, specs.LinuxSyscall{Action: one.action, ErrnoRet: &errno, Args: r.Args})
	}
	text, err := json.Marshal(struct {
		Rules    []specs.LinuxSyscall
		Fallback specs.LinuxSeccompAction
		Errno    uint
	}{key, f.fallback.action, f.fallback.errno})
	if err != nil { // words and numbers
		panic(err)
	}
	t.rules = string(text)
	return t
}

// through reports whether calls of an ABI are judged at all; those of one that is not listed kill the caller. The native
// one is always in.
func (f *filter) through(abi specs.Arch, on host.Facts) bool {
	return f.none || abi == on.Native || slices.Contains(f.arches, abi)
}
