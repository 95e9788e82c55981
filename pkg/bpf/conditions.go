package bpf

import (
	"github.com/seccompd/seccompd/pkg/algebra"
)

// compiler writes functions of arguments.
type compiler struct {
	assembler
	littleEndian bool
	functions    []compiled // of the architecture in work
}

type compiled struct {
	function algebra.Function
	at       label
}

// function writes a function, or finds it.
func (c *compiler) function(f algebra.Function) (label, error) {
	if a, ok := f.Constant(); ok {
		v, err := value(a)
		return c.give(v), err
	}
	for _, known := range c.functions {
		if known.function.Equal(f) {
			return known.at, nil
		}
	}
	begin, decisions, answers := f.Diagram()
	d := diagram{compiler: c, decisions: decisions, written: make([]label, len(decisions))}
	for _, a := range answers {
		v, err := value(a)
		if err != nil {
			return 0, err
		}
		d.values = append(d.values, v)
	}
	at := d.write(begin)
	c.functions = append(c.functions, compiled{f, at})
	return at, nil
}

// diagram is a function in work.
type diagram struct {
	*compiler
	decisions []algebra.Decision
	values    []uint32
	written   []label
}

// write writes what begins at a decision. Decisions in a row that look at one word become one comparison: with a value
// where all ways out of the row lead to one place, or by size where those of the zeros do and those of the ones.
func (d *diagram) write(n algebra.Next) label {
	if n < 0 {
		return d.give(d.values[^n])
	}
	if d.written[n] != 0 {
		return d.written[n]
	}
	equal := d.longest(n, (*row).addEqual)
	size := d.longest(n, (*row).addOrdered)
	if size.length > equal.length {
		d.written[n] = d.ordered(size)
	} else {
		d.written[n] = d.equal(equal)
	}
	return d.written[n]
}

// load writes the load of the word that a row looks at, with the bits of the mask, and then what is at next.
func (d *diagram) load(r row, mask uint32, next label) label {
	if mask != ^uint32(0) {
		next = d.push(Instruction{Code: alu | and, K: mask}, next)
	}
	offset := offsetArgs + 8*uint32(r.arg)
	if r.high == d.littleEndian {
		offset += 4
	}
	return d.push(Instruction{Code: ld | abs, K: offset}, next)
}

func (d *diagram) equal(r row) label {
	other := r.zeros
	if r.ones != none {
		other = r.ones
	}
	no := d.write(other)
	yes := d.write(r.end)
	switch {
	case r.length == 1 && r.value != 0:
		return d.load(r, ^uint32(0), d.jump(jset, r.mask, yes, no))
	case r.length == 1:
		return d.load(r, ^uint32(0), d.jump(jset, r.mask, no, yes))
	}
	return d.load(r, r.mask, d.jump(jeq, r.value, yes, no))
}

// ordered writes a comparison by size: what is under the value, where there is something, and what is over it.
func (d *diagram) ordered(r row) label {
	low := uint32(1)<<r.last - 1 // bits that the row does not look at
	at := d.write(r.end)
	if r.ones != none && r.ones != r.end {
		over := d.write(r.ones)
		at = d.jump(jgt, r.value|low, over, at)
	}
	if r.zeros != none && r.zeros != r.end {
		under := d.write(r.zeros)
		at = d.jump(jge, r.value, at, under)
	}
	return d.load(r, r.mask|low, at)
}
