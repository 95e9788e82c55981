package algebra

import (
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Stretch says what is answered to the numbers from one on, up to the next stretch.
type Stretch struct {
	From    uint32
	Answers Function
}

// Stretches returns what is answered to each number of an ABI, in order and without repetition, the first from 0. There are
// none for an ABI that is killed.
func (m Meaning) Stretches(arch specs.Arch) []Stretch {
	a := m.abi(arch)
	if a == nil {
		return nil
	}
	var out []Stretch
	add := func(from uint32, t tree) {
		if n := len(out); n > 0 && out[n-1].From == from {
			out = out[:n-1]
		}
		if n := len(out); n == 0 || !out[n-1].Answers.tree.equal(t) {
			out = append(out, Stretch{from, Function{t}})
		}
	}
	next := 0
	for i, s := range a.steps {
		add(s.from, constant(s.answer))
		for next < len(a.calls) && (i+1 == len(a.steps) || a.calls[next].nr < a.steps[i+1].from) {
			c := a.calls[next]
			add(c.nr, c.tree)
			if c.nr < ^uint32(0) {
				add(c.nr+1, constant(s.answer))
			}
			next++
		}
	}
	return out
}

// maxUnnamed is how many numbers without a name may have answers that look at arguments.
const maxUnnamed = 4096

// Assemble is the reverse of Stretches: the meaning that answers so. ABIs that are not given are killed. What it returns may
// look different from another meaning with the same answers to Equal, but not to Compare.
func Assemble(parts map[specs.Arch][]Stretch) (Meaning, error) {
	var m Meaning
	for _, arch := range syscalls.ABIs() {
		list := parts[arch]
		if len(list) == 0 {
			continue
		}
		table, _ := syscalls.Table(arch)
		a, err := assemble(abi{arch: arch, table: table}, list)
		if err != nil {
			return Meaning{}, err
		}
		m.abis = append(m.abis, a)
	}
	return m, nil
}

// assemble makes calls of the numbers that have a name, and steps of the others.
func assemble(a abi, list []Stretch) (abi, error) {
	named := a.table.Names()
	numbers := make([]uint32, len(named))
	for i, name := range named {
		nr, _ := a.table.Number(name)
		numbers[i] = uint32(nr)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	a.calls = make([]call, 0, len(numbers))
	for i, s := range list {
		end := uint64(1) << 32
		if i+1 < len(list) {
			end = uint64(list[i+1].From)
		}
		t := s.Answers.normal()
		at := uint64(s.From)
		for len(numbers) > 0 && uint64(numbers[0]) < end {
			if err := a.unnamed(at, uint64(numbers[0]), t); err != nil {
				return a, err
			}
			if uint64(numbers[0]) >= at {
				a.calls = append(a.calls, call{numbers[0], t})
				at = uint64(numbers[0]) + 1
			}
			numbers = numbers[1:]
		}
		if err := a.unnamed(at, end, t); err != nil {
			return a, err
		}
	}
	if len(a.steps) == 0 {
		a.steps = []step{{0, killed}}
	}
	a.steps[0].from = 0
	a.tidy()
	return a, nil
}

// unnamed adds what is answered to numbers without a name, from at up to end.
func (a *abi) unnamed(at, end uint64, t tree) error {
	switch {
	case at >= end:
	case t.constant():
		if n := len(a.steps); n == 0 || a.steps[n-1].answer != t.answer() {
			a.steps = append(a.steps, step{uint32(at), t.answer()})
		}
	case end-at > maxUnnamed:
		return fmt.Errorf("assemble filter: conditions on arguments for %d numbers of %s that have no name", end-at, a.arch)
	default:
		for nr := at; nr < end; nr++ {
			a.calls = append(a.calls, call{uint32(nr), t})
		}
	}
	return nil
}
