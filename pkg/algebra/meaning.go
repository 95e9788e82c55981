package algebra

import (
	"slices"
	"sort"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Meaning is what a filter answers to every call. It is made by Read and by the operations of this package, and is never
// changed. The zero Meaning kills every call.
type Meaning struct {
	abis  []abi // in the order of syscalls.ABIs
	flags flags
}

// abi is the part of a meaning for the calls of one ABI.
type abi struct {
	arch  specs.Arch
	table *syscalls.ABI
	calls []call // by number
	steps []step // answers to numbers that are not in calls: by first number, the first being 0
}

// call is a number with its answers.
type call struct {
	nr uint32
	tree
}

// step is the answer for all numbers from one on, up to the next step.
type step struct {
	from uint32
	answer
}

// killed is libseccomp's answer to calls of an ABI that a filter does not list.
const killed = rankKillThread

// Architectures lists the ABIs whose calls are not killed.
func (m Meaning) Architectures() []specs.Arch {
	out := make([]specs.Arch, len(m.abis))
	for i, a := range m.abis {
		out[i] = a.arch
	}
	return out
}

// Decisions is how many bits of arguments are looked at in all: a measure of how large a meaning is, and of how long it takes to
// compute with.
func (m Meaning) Decisions() int {
	n := 0
	for i := range m.abis {
		for _, c := range m.abis[i].calls {
			n += len(c.nodes)
		}
	}
	return n
}

// Restrict returns a meaning without the ABIs that are not listed: their calls are killed.
func (m Meaning) Restrict(archs []specs.Arch) Meaning {
	out := m
	out.abis = nil
	for _, a := range m.abis {
		if slices.Contains(archs, a.arch) {
			out.abis = append(out.abis, a)
		}
	}
	return out
}

// Evaluate returns the answer to a call, of which nr is the number that seccomp sees (x32's carry the bit 0x40000000). An
// argument that the kernel cuts to an int counts as cut.
func (m Meaning) Evaluate(arch specs.Arch, nr int, args [6]uint64) Answer {
	a := m.abi(arch)
	if a == nil {
		return killed.unpack()
	}
	t := a.at(uint32(nr))
	return t.eval(args).unpack()
}

// EvaluateName is Evaluate for a call by name. It is not ok where the ABI has no such call.
func (m Meaning) EvaluateName(arch specs.Arch, name string, args [6]uint64) (answer Answer, ok bool) {
	table, ok := syscalls.Table(arch)
	if !ok {
		return Answer{}, false
	}
	nr, ok := table.Number(name)
	if !ok {
		return Answer{}, false
	}
	return m.Evaluate(arch, nr, args), true
}

func (m Meaning) abi(arch specs.Arch) *abi {
	for i := range m.abis {
		if m.abis[i].arch == arch {
			return &m.abis[i]
		}
	}
	return nil
}

// at returns the answers of a number.
func (a *abi) at(nr uint32) tree {
	if i, ok := a.find(nr); ok {
		return a.calls[i].tree
	}
	return constant(a.rest(nr))
}

func (a *abi) find(nr uint32) (int, bool) {
	i := sort.Search(len(a.calls), func(i int) bool { return a.calls[i].nr >= nr })
	return i, i < len(a.calls) && a.calls[i].nr == nr
}

// rest returns the answer of a number that is not in calls.
func (a *abi) rest(nr uint32) answer {
	i := sort.Search(len(a.steps), func(i int) bool { return a.steps[i].from > nr })
	return a.steps[i-1].answer
}

// tidy brings an ABI into its one form: no call that answers as its step does, no step that repeats the one before.
func (a *abi) tidy() {
	a.steps = slices.CompactFunc(a.steps, func(x, y step) bool { return x.answer == y.answer })
	a.calls = slices.DeleteFunc(a.calls, func(c call) bool { return c.constant() && c.tree.answer() == a.rest(c.nr) })
}

// narrow reports whether libseccomp compares low words only on an ABI. It does so on x32, too, whose arguments have 64 bits.
func (a *abi) narrow() bool { return a.arch == specs.ArchX32 || a.table.Bits() == 32 }

// name returns the name of a number, or "".
func (a *abi) name(nr uint32) string {
	name, _ := a.table.Name(int(nr))
	return name
}

// Equal reports whether two meanings answer every call alike. Flags are not compared, and an ABI that is not listed is as
// one whose calls are all killed.
func (m Meaning) Equal(o Meaning) bool {
	m, o = widen(m, o), widen(o, m)
	return slices.EqualFunc(m.abis, o.abis, func(x, y abi) bool {
		return x.arch == y.arch && slices.Equal(x.steps, y.steps) &&
			slices.EqualFunc(x.calls, y.calls, func(c, d call) bool { return c.nr == d.nr && c.equal(d.tree) })
	})
}
