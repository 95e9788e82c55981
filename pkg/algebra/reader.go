package algebra

import (
	"fmt"
	"maps"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// reader collects the rules of one ABI by number.
type reader struct {
	env      Env
	out      abi
	fallback answer
	rules    map[uint32]*rules
	slab     []rules // to take rules from
	highest  int
	seen     map[string]tree // by rules: what was read for another ABI
	overlaps []Overlap
	// multiplexed says that the ABI has multiplexers.
	multiplexed bool
}

func newReader(arch specs.Arch, fallback answer, env Env) *reader {
	table, _ := syscalls.Table(arch)
	env.Budget = env.Budget.withDefaults()
	return &reader{env: env, multiplexed: multiplexed(arch), out: abi{arch: arch, table: table}, fallback: fallback, rules: make(map[uint32]*rules, 512)}
}

func (r *reader) add(s specs.LinuxSyscall) error {
	a, err := pack(s.Action, s.ErrnoRet)
	if err != nil {
		return err
	}
	for _, name := range s.Names {
		nr, ok := r.out.table.Number(name)
		var m *multiplexer
		var index uint64
		carried := false
		if r.multiplexed {
			m, index, carried = through(name)
		}
		if !ok && !carried {
			continue
		}
		if v := r.env.Vocabulary; v != nil && !v.Knows(r.out.arch, name) && !r.foreign(*v, name) {
			continue
		}
		if carried {
			mux, _ := r.out.table.Number(m.name)
			if err := r.rule(mux, a, s.Args, &index); err != nil {
				return fmt.Errorf("call %s: %w", name, err)
			}
		}
		if !ok {
			continue
		}
		if !carried {
			r.highest = max(r.highest, nr)
		}
		if err := r.rule(nr, a, s.Args, nil); err != nil {
			return fmt.Errorf("call %s: %w", name, err)
		}
	}
	return nil
}

// foreign reports whether a call that an ABI has only through a multiplexer is known: libseccomp knows it by a name of
// another ABI.
func (r *reader) foreign(v syscalls.Vocab, name string) bool {
	if _, _, ok := through(name); !ok || !multiplexed(r.out.arch) {
		return false
	}
	return slices.ContainsFunc(syscalls.ABIs(), func(a specs.Arch) bool { return v.Knows(a, name) })
}

// rule adds a rule for a number. One that answers as the default does is skipped, and one that has two conditions on an argument
// is a rule for each of its conditions. Of a call through a multiplexer index is the number in it.
func (r *reader) rule(nr int, a answer, args []specs.LinuxSeccompArg, index *uint64) error {
	if !repeats(args) {
		return r.conjunction(nr, a, args, index)
	}
	for i := range args {
		if err := r.conjunction(nr, a, args[i:i+1], index); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) conjunction(nr int, a answer, args []specs.LinuxSeccompArg, index *uint64) error {
	if index != nil {
		args = translate(args, *index)
	}
	conditions, err := r.conditions(nr, args)
	if err != nil || a == r.fallback {
		return err
	}
	c := r.rules[uint32(nr)]
	if c == nil {
		if len(r.slab) == 0 {
			r.slab = make([]rules, 64)
		}
		c, r.slab = &r.slab[0], r.slab[1:]
		r.rules[uint32(nr)] = c
	}
	c.add(a, conditions)
	return nil
}

func repeats(args []specs.LinuxSeccompArg) bool {
	for i, a := range args {
		if slices.ContainsFunc(args[:i], func(b specs.LinuxSeccompArg) bool { return a.Index == b.Index }) {
			return true
		}
	}
	return false
}

// conditions reads the conditions of a rule, but those that are none to libseccomp, the last argument's first.
func (r *reader) conditions(nr int, args []specs.LinuxSeccompArg) ([]comparison, error) {
	if len(args) == 0 {
		return nil, nil
	}
	var out []comparison
	name := r.out.name(uint32(nr))
	for _, arg := range args {
		c, err := compare(arg, width(name, int(arg.Index), r.out.narrow()), r.out.narrow())
		if err != nil {
			return nil, err
		}
		if !c.always() {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b comparison) int { return b.arg - a.arg })
	return out, nil
}

// width is how many bits of an argument make a difference.
func width(name string, arg int, narrow bool) int {
	w := syscalls.ArgumentBits(name, arg)
	if narrow {
		w = min(w, 32)
	}
	return w
}

// abi returns what was read.
func (r *reader) abi() (abi, error) {
	a := r.out
	a.steps = []step{{0, r.fallback}}
	stub := r.env.Stub && r.fallback < rankTrace && r.highest > 0
	a.calls = make([]call, 0, len(r.rules)+1)
	for _, nr := range slices.Sorted(maps.Keys(r.rules)) {
		if stub && int(nr) > r.highest {
			continue
		}
		if always := r.rules[nr].always; always != nil {
			a.calls = append(a.calls, call{nr, constant(*always)})
			continue
		}
		key := r.rules[nr].key()
		t, ok := r.seen[key]
		var overlap *Overlap
		var err error
		if !ok {
			t, overlap, err = r.rules[nr].tree(r.fallback, r.env.Budget.Nodes)
		}
		if err != nil {
			return a, &BudgetError{Call: a.name(nr), Arch: a.arch, Nodes: r.env.Budget.Nodes}
		}
		if overlap == nil {
			r.seen[key] = t
		}
		if overlap != nil {
			overlap.Call.Arch, overlap.Call.Number, overlap.Call.Name = a.arch, int(nr), a.name(nr)
			r.overlaps = append(r.overlaps, *overlap)
		}
		a.calls = append(a.calls, call{nr, t})
	}
	if stub {
		a.steps = append(a.steps, step{uint32(r.highest) + 1, answerENOSYS})
		// The stub answers number 0 on s390, where calls that the kernel does not know appear under it.
		if a.arch == specs.ArchS390X {
			if i, ok := a.find(0); ok {
				a.calls = slices.Delete(a.calls, i, i+1)
			}
			a.calls = slices.Insert(a.calls, 0, call{0, constant(answerENOSYS)})
		}
	}
	a.tidy()
	return a, nil
}
