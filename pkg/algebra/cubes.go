package algebra

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// piece is a cube on which a function has one answer.
type piece struct {
	cube
	answer answer
}

// cubes returns disjoint pieces that cover all but where a function has the answer left out: one for each way through
// its diagram.
func (t tree) cubes(without answer) []piece {
	var out []piece
	var walk func(c cube, r ref)
	walk = func(c cube, r ref) {
		if !r.leaf() {
			n := t.nodes[r]
			walk(c.with(n, false), n.lo)
			walk(c.with(n, true), n.hi)
		} else if a := r.answer(); a != without {
			out = append(out, piece{c, a})
		}
	}
	walk(cube{}, t.root)
	return out
}

// count returns how many pieces cubes would return, at most 1<<30.
func (t tree) count(without answer) int {
	counts := make([]int, len(t.nodes))
	at := func(r ref) int {
		switch {
		case !r.leaf():
			return counts[r]
		case r.answer() == without:
			return 0
		}
		return 1
	}
	for i, n := range t.nodes {
		counts[i] = min(at(n.lo)+at(n.hi), 1<<30)
	}
	return at(t.root)
}

// arguments writes a cube as the conditions of one rule.
func (c cube) arguments() []specs.LinuxSeccompArg {
	var out []specs.LinuxSeccompArg
	for i, m := range c.mask {
		switch m {
		case 0:
		case ^uint64(0):
			out = append(out, specs.LinuxSeccompArg{Index: uint(i), Value: c.value[i], Op: specs.OpEqualTo})
		default:
			out = append(out, specs.LinuxSeccompArg{Index: uint(i), Value: m, ValueTwo: c.value[i], Op: specs.OpMaskedEqual})
		}
	}
	return out
}
