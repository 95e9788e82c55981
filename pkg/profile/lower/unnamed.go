package lower

import (
	"errors"
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// abi is one ABI that the filter is compiled for.
type abi struct {
	arch  specs.Arch
	table *syscalls.ABI
}

// tables returns the ABIs of a filter, the native one first: runtimes always add it. An architecture without a table is
// one that no kernel of the tables' machines runs; its calls get the default that the filter is left with.
func tables(native specs.Arch, listed []specs.Arch) ([]abi, error) {
	table, ok := syscalls.Table(native)
	if !ok {
		return nil, fmt.Errorf("no syscall table for %s", native)
	}
	out := []abi{{native, table}}
	for _, a := range listed {
		if t, ok := syscalls.Table(a); ok && a != native {
			out = append(out, abi{a, t})
		}
	}
	return out, nil
}

// narrow reports whether libseccomp compares only low words on one of the ABIs. It does so on x32, too, whose arguments
// are 64 bits wide.
func narrow(abis []abi) bool {
	return slices.ContainsFunc(abis, func(a abi) bool { return a.arch == specs.ArchX32 || a.table.Bits() == 32 })
}

// unnamed returns the sorted names of all calls that no rule names, and the rules for the gaps of multiplexers.
func (l *lowering) unnamed() (names []string, gaps []specs.LinuxSyscall, err error) {
	for _, a := range l.abis {
		names = append(names, a.table.Names()...)
	}
	for _, m := range multiplexers {
		if !slices.ContainsFunc(l.abis, func(a abi) bool { _, ok := a.table.Number(m.name); return ok }) {
			continue
		}
		split, err := l.split(m)
		if err != nil {
			return nil, nil, fmt.Errorf("call %s: %w", m.name, err)
		}
		if split {
			names = slices.DeleteFunc(names, func(n string) bool { return n == m.name })
			names = append(names, m.calls()...)
			for _, arg := range m.gaps() {
				gaps = appendRule(gaps, m.name, l.fallback, []specs.LinuxSeccompArg{arg})
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	names = slices.DeleteFunc(names, func(n string) bool { return l.calls[n] != nil })
	return names, gaps, nil
}

var errMultiplexed = errors.New("a 32-bit ABI of the filter reaches calls with conditions through it, and it is not named itself; name it, or list 64-bit architectures only")

// split reports whether a multiplexer's calls must be named one by one: where some of them have rules and it has none,
// a rule for the multiplexer as a whole would shadow what libseccomp makes of theirs.
func (l *lowering) split(m multiplexer) (bool, error) {
	if c := l.calls[m.name]; c != nil {
		if c.always == nil {
			return false, errors.New("its own rules have conditions")
		}
		return false, nil
	}
	named := false
	for _, name := range m.calls() {
		c := l.calls[name]
		if c == nil {
			continue
		}
		// libseccomp drops the conditions of a multiplexed call, so what they leave would meet the same rule.
		if c.always == nil && !c.exhaustive {
			return false, errMultiplexed
		}
		named = true
	}
	return named, nil
}

// aboveHighest reports of a name whether on every ABI that has it, it stands above the highest number that f names. Such
// a call is newer than the profile, and runc's stub answers it with ENOSYS whatever the default is.
func (l *lowering) aboveHighest(f *specs.LinuxSeccomp) func(string) bool {
	highest := make([]int, len(l.abis))
	for i, a := range l.abis {
		highest[i] = -1
		for _, s := range f.Syscalls {
			for _, n := range s.Names {
				if nr, ok := a.table.Number(n); ok {
					highest[i] = max(highest[i], nr)
				}
			}
		}
	}
	return func(name string) bool {
		above := false
		for i, a := range l.abis {
			nr, ok := a.table.Number(name)
			if ok && (nr <= highest[i] || highest[i] < 0) {
				return false
			}
			above = above || ok
		}
		return above
	}
}
