package algebra

import (
	"errors"
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Overlap is a call to which two rules of one filter give different answers. Which of them a runtime takes depends on what
// stands beside them, and some refuse such a filter; it is read as the stricter.
type Overlap struct {
	Call        Call
	First, Next Answer
}

// Read returns what a filter means to a runtime, and its overlaps, the first of each call.
//
// The error is a *BudgetError, or says which rule no runtime accepts.
func Read(f *specs.LinuxSeccomp, env Env) (Meaning, []Overlap, error) {
	if f == nil || f.DefaultAction == "" {
		return Meaning{}, nil, errors.New("read filter: it has no default action")
	}
	fallback, err := pack(f.DefaultAction, f.DefaultErrnoRet)
	if err != nil {
		return Meaning{}, nil, fmt.Errorf("read default action: %w", err)
	}
	if _, ok := syscalls.Table(env.Native); !ok {
		return Meaning{}, nil, fmt.Errorf("read filter: no table of system calls for native architecture %q", env.Native)
	}
	m := Meaning{flags: readFlags(f)}
	var overlaps []Overlap
	seen := map[string]tree{}
	for _, arch := range syscalls.ABIs() {
		if arch != env.Native && !slices.Contains(f.Architectures, arch) {
			continue
		}
		r := newReader(arch, fallback, env)
		r.seen = seen
		for i, s := range f.Syscalls {
			if err := r.add(s); err != nil {
				return Meaning{}, nil, fmt.Errorf("read rule %d: %w", i, err)
			}
		}
		a, err := r.abi()
		if err != nil {
			return Meaning{}, nil, fmt.Errorf("read filter: %w", err)
		}
		m.abis = append(m.abis, a)
		overlaps = append(overlaps, r.overlaps...)
	}
	return m, overlaps, nil
}
