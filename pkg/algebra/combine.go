package algebra

import (
	"errors"
	"fmt"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// defaultNodes bounds the diagram of one call in operations that have no Env.
const defaultNodes = 1 << 16

// Meet returns the stricter answer of two filters to every call: what the kernel answers where both are loaded. Their
// architectures meet, too; it is an error if they have none in common.
//
// It is commutative in all but whose listener path is kept. The error may be a *BudgetError.
func Meet(a, b Meaning) (Meaning, error) {
	out, err := zip("meet", a, b, stricter)
	if err == nil && len(out.abis) == 0 {
		err = errors.New("meet: the filters have no architecture in common")
	}
	out.flags = a.flags.meet(b.flags)
	return out, err
}

// Join returns the laxer answer of two filters to every call, on the architectures of either.
func Join(a, b Meaning) (Meaning, error) {
	a, b = widen(a, b), widen(b, a)
	out, err := zip("join", a, b, laxer)
	out.flags = a.flags.join(b.flags)
	return out, err
}

// widen gives a the ABIs that only b has, with what a answers there.
func widen(a, b Meaning) Meaning {
	out := Meaning{flags: a.flags}
	for _, arch := range syscalls.ABIs() {
		if have := a.abi(arch); have != nil {
			out.abis = append(out.abis, *have)
		} else if other := b.abi(arch); other != nil {
			out.abis = append(out.abis, abi{arch: arch, table: other.table, steps: []step{{0, killed}}})
		}
	}
	return out
}

// Deny returns a with the denials of a floor: the stricter of both answers where the floor denies, and a's elsewhere,
// also where the floor would log.
func Deny(a, floor Meaning) (Meaning, error) {
	out, err := zip("deny", a, floor, func(x, y answer) answer {
		if y.class() == Denies {
			return stricter(x, y)
		}
		return x
	})
	out.flags = a.flags
	return out, err
}

// Difference returns what a denies and b does not, as a filter that allows all else: Deny with it brings a filter that b
// stands for down to what a permits of it.
func Difference(a, b Meaning) (Meaning, error) {
	return zip("difference", a, b, func(x, y answer) answer {
		if x.class() == Denies && y.class() != Denies {
			return x
		}
		return rankAllow
	})
}

// Combine returns op of two filters' answers to every call, on the architectures that both have. An answer that is none of
// the runtime specification's is an error.
func Combine(a, b Meaning, op func(a, b Answer) Answer) (Meaning, error) {
	var bad error
	out, err := zip("combine", a, b, func(x, y answer) answer {
		r := op(x.unpack(), y.unpack())
		p, err := pack(r.Action, &r.Errno)
		if err != nil {
			bad = fmt.Errorf("combine: %w", err)
		}
		return p
	})
	out.flags = a.flags.meet(b.flags)
	return out, errors.Join(err, bad)
}

func zip(verb string, a, b Meaning, op func(x, y answer) answer) (Meaning, error) {
	var out Meaning
	for i := range a.abis {
		x := &a.abis[i]
		y := b.abi(x.arch)
		if y == nil {
			continue
		}
		z, err := zipABI(x, y, op)
		if err != nil {
			return Meaning{}, fmt.Errorf("%s: %w", verb, err)
		}
		out.abis = append(out.abis, z)
	}
	return out, nil
}

func zipABI(x, y *abi, op func(x, y answer) answer) (abi, error) {
	out := abi{arch: x.arch, table: x.table}
	for i, j := 0, 0; i < len(x.steps) || j < len(y.steps); {
		var from uint32
		switch {
		case j == len(y.steps) || i < len(x.steps) && x.steps[i].from < y.steps[j].from:
			from, i = x.steps[i].from, i+1
		case i == len(x.steps) || y.steps[j].from < x.steps[i].from:
			from, j = y.steps[j].from, j+1
		default:
			from, i, j = x.steps[i].from, i+1, j+1
		}
		out.steps = append(out.steps, step{from, op(x.steps[i-1].answer, y.steps[j-1].answer)})
	}
	out.calls = make([]call, 0, max(len(x.calls), len(y.calls)))
	err := eachPair(x, y, func(nr uint32, s, t tree) error {
		r, err := combine(op, s, t, defaultNodes)
		if err != nil {
			return &BudgetError{Call: x.name(nr), Arch: x.arch, Nodes: defaultNodes}
		}
		out.calls = append(out.calls, call{nr, r})
		return nil
	})
	out.tidy()
	return out, err
}

// eachPair visits, in order, every number that one of two ABIs has as a call.
func eachPair(x, y *abi, visit func(nr uint32, s, t tree) error) error {
	for i, j := 0, 0; i < len(x.calls) || j < len(y.calls); {
		var nr uint32
		switch {
		case j == len(y.calls) || i < len(x.calls) && x.calls[i].nr < y.calls[j].nr:
			nr = x.calls[i].nr
		default:
			nr = y.calls[j].nr
		}
		var s, t tree
		if i < len(x.calls) && x.calls[i].nr == nr {
			s, i = x.calls[i].tree, i+1
		} else {
			s = constant(x.rest(nr))
		}
		if j < len(y.calls) && y.calls[j].nr == nr {
			t, j = y.calls[j].tree, j+1
		} else {
			t = constant(y.rest(nr))
		}
		if err := visit(nr, s, t); err != nil {
			return err
		}
	}
	return nil
}
