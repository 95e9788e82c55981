package bpf

import (
	"math"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// none is no way out.
const none algebra.Next = math.MinInt32

// row is a row of decisions about one word: each leads to the next one or out of the row.
type row struct {
	arg         int
	high        bool
	mask, value uint32 // the bits looked at, and how they are within the row
	last        int    // the lowest of them
	length      int
	zeros, ones algebra.Next // where the row is left with a bit that is 0, and one that is 1
	end         algebra.Next
}

// longest returns the longest row that begins at a decision and grows by add.
func (d *diagram) longest(n algebra.Next, add func(r *row, x algebra.Decision, bit bool) bool) row {
	var best row
	for _, first := range []bool{true, false} {
		x := d.decisions[n]
		r := row{arg: x.Arg, high: x.Bit >= 32, last: x.Bit%32 + 1, zeros: none, ones: none, end: n}
		bit := first
		for add(&r, x, bit) {
			if r.end < 0 {
				break
			}
			x = d.decisions[r.end]
			if x.Arg != r.arg || (x.Bit >= 32) != r.high {
				break
			}
			bit = !r.leaves(x.One)
		}
		if r.length > best.length {
			best = r
		}
	}
	return best
}

// leaves reports whether a way out that the row has leads there.
func (r *row) leaves(n algebra.Next) bool { return n == r.ones || n == r.zeros }

// step takes a decision in: with bit the row goes on, and otherwise it is left.
func (r *row) step(x algebra.Decision, bit bool) {
	r.last = x.Bit % 32
	r.mask |= 1 << r.last
	r.length++
	if bit {
		r.value |= 1 << r.last
		r.zeros, r.end = x.Zero, x.One
	} else {
		r.ones, r.end = x.One, x.Zero
	}
}

// addEqual takes a decision in where all ways out lead to one place.
func (r *row) addEqual(x algebra.Decision, bit bool) bool {
	out := x.One
	if bit {
		out = x.Zero
	}
	if r.zeros != none && r.zeros != out || r.ones != none && r.ones != out {
		return false
	}
	r.step(x, bit)
	return true
}

// addOrdered takes a decision about the next bit in where each way out leads where the others with that bit do.
func (r *row) addOrdered(x algebra.Decision, bit bool) bool {
	if x.Bit%32 != r.last-1 {
		return false
	}
	// What was guessed may be the wrong side, where nothing has left the row on the other one.
	for _, b := range []bool{bit, !bit} {
		if b && (r.zeros == none || r.zeros == x.Zero) || !b && (r.ones == none || r.ones == x.One) {
			r.step(x, b)
			return true
		}
	}
	return false
}
