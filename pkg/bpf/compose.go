package bpf

import (
	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// function returns what the program answers to a number from a state on.
func (r *reader) function(nr uint32, s state) (algebra.Function, error) {
	if f, ok := r.known[s]; ok {
		return f, nil
	}
	c := composing{reader: r, nr: nr, parts: map[state]algebra.Part{}}
	c.Work = r.work
	part, err := c.part(s)
	if err != nil {
		return algebra.Function{}, err
	}
	f, err := c.Done(part)
	if err == nil && !c.looked && r.reading == Exact {
		r.known[s] = f
	}
	return f, err
}

// composing makes the function of one number.
type composing struct {
	*reader
	algebra.Composer
	nr     uint32
	looked bool // at the number
	parts  map[state]algebra.Part
}

// step follows the program, with the number known.
func (c *composing) step(s state) (state, error) {
	for {
		var err error
		if s, err = c.reader.step(s); err != nil || s.kind != number {
			return s, err
		}
		i := c.program[s.at]
		if i.Code == ret {
			return s, nil
		}
		if *c.work--; *c.work < 0 {
			return s, errWork
		}
		c.looked = true
		s.at += 1 + i.jump(c.nr, i.K)
	}
}

// part returns what the program answers from a state on.
func (c *composing) part(s state) (algebra.Part, error) {
	s, err := c.step(s)
	if err != nil {
		return 0, err
	}
	i := c.program[s.at]
	if i.Code == ret {
		action, errno := Action(i.K)
		return c.Answer(algebra.Answer{Action: action, Errno: errno})
	}
	if c.reading == Cut {
		s.value &= c.used(s)
	}
	if p, ok := c.parts[s]; ok {
		return p, nil
	}
	yes, err := c.part(s.after(i, true))
	if err != nil {
		return 0, err
	}
	no, err := c.part(s.after(i, false))
	if err != nil {
		return 0, err
	}
	t := algebra.Test{Arg: int(s.arg), High: s.high, Mask: s.value, Value: i.K}
	switch i.Code & 0xf0 {
	case jgt:
		t.Op = algebra.IsGreater
	case jge:
		t.Op = algebra.IsAtLeast
	case jset:
		t.Op = algebra.HasAny
	}
	p := c.If(t, yes, no)
	c.parts[s] = p
	return p, nil
}

// used returns the bits of an argument's half that the kernel uses.
func (c *composing) used(s state) uint32 {
	name, _ := c.table.Name(int(c.nr))
	used := ^uint64(0)
	if w := syscalls.ArgumentBits(name, int(s.arg)); w < 64 {
		used = 1<<w - 1
	}
	if s.high {
		used >>= 32
	}
	return uint32(used)
}
