package lint

import (
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/version"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// conditions looks at the conditions on arguments.
func (l *linter) conditions() {
	if l.target.Rewritten {
		return
	}
	l.intArguments()
	if l.miscompiles() {
		l.ordered()
	}
}

// intArguments finds comparisons of bits that the kernel cuts off: once for each call and argument.
func (l *linter) intArguments() {
	if table, ok := syscalls.Table(l.target.Facts.Native); !ok || table.Bits() == 32 {
		return
	}
	said := map[string]bool{}
	for i, r := range l.subject.Written.Rules {
		for j, a := range r.Args {
			for _, name := range r.Names {
				bits := syscalls.ArgumentBits(name, int(a.Index))
				key := fmt.Sprint(name, a.Index)
				if said[key] || bits == 64 || a.Op == specs.OpMaskedEqual && a.Value>>bits == 0 {
					continue
				}
				said[key] = true
				l.add(ruleIntArgument, l.places.condition(i, j), fmt.Sprintf("compare with SCMP_CMP_MASKED_EQ and the mask %#x", uint64(1)<<bits-1),
					"the kernel uses %d bits of argument %d of %s, and this compares 64: a bit set above changes what this says and not what the call does", bits, a.Index, name)
			}
		}
	}
}

// miscompiles reports whether some runtime has a libseccomp with GHSA-4q85-33p6-j5g6, or may have.
func (l *linter) miscompiles() bool {
	for _, rt := range l.target.Facts.Runtimes {
		if v, ok := version.Parse(rt.Libseccomp); !ok || v.Before(2, 6, 1) {
			return true
		}
	}
	return len(l.target.Facts.Runtimes) == 0
}

// ordered finds calls with several ordered comparisons of more than one argument, or over values of more than 32 bits.
// With one argument and smaller values, no wrong program was ever seen.
func (l *linter) ordered() {
	type seen struct {
		rule, arg, count int
		indices          []uint
		wide             bool
	}
	calls := map[string]*seen{}
	var order []string
	for i, r := range l.subject.Written.Rules {
		for j, a := range r.Args {
			if a.Op == specs.OpEqualTo || a.Op == specs.OpMaskedEqual || a.Op == specs.OpNotEqual {
				continue
			}
			for _, name := range r.Names {
				s := calls[name]
				if s == nil {
					s = &seen{rule: i, arg: j}
					calls[name], order = s, append(order, name)
				}
				s.count++
				s.wide = s.wide || a.Value>>32 != 0
				if !slices.Contains(s.indices, a.Index) {
					s.indices = append(s.indices, a.Index)
				}
			}
		}
	}
	for _, name := range order {
		s := calls[name]
		if s.count < 2 || !s.wide && len(s.indices) < 2 {
			continue
		}
		l.add(ruleOrdered, l.places.condition(s.rule, s.arg), "write them as SCMP_CMP_EQ and SCMP_CMP_MASKED_EQ, as 'seccompctl meet' does",
			"%s has %d ordered comparisons: libseccomp before 2.6.1 compiles such into another condition, also a laxer one (GHSA-4q85-33p6-j5g6)", name, s.count)
	}
}

func joined(names []string) string { return strings.Join(names, ", ") }
