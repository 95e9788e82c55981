package algebra

import "slices"

// Function is what is answered to calls of one number: a function from six arguments. It is made by a Composer or taken from
// a Meaning, and is never changed. The zero Function kills.
type Function struct{ tree tree }

// Equal reports whether two functions answer all arguments alike.
func (f Function) Equal(o Function) bool { return f.normal().equal(o.normal()) }

func (f Function) normal() tree {
	if f.tree.root == 0 && len(f.tree.nodes) == 0 {
		return constant(killed)
	}
	return f.tree
}

// Evaluate returns the answer to arguments.
func (f Function) Evaluate(args [6]uint64) Answer { return f.normal().eval(args).unpack() }

// Constant returns the answer of a function that looks at no argument.
func (f Function) Constant() (Answer, bool) {
	t := f.normal()
	if !t.constant() {
		return Answer{}, false
	}
	return t.answer().unpack(), true
}

// Next is where a decision leads: to the decision at that position, or, if it is negative, to the answer at position ^Next.
type Next int

// Decision looks at one bit of one argument. Those that it leads to look at later bits: the lowest argument comes first, and of each
// the highest bit.
type Decision struct {
	Arg, Bit  int
	Zero, One Next
}

// Diagram returns a function as a graph of decisions, each after those that it leads to, with the place where it begins.
func (f Function) Diagram() (begin Next, decisions []Decision, answers []Answer) {
	t := f.normal()
	var known []answer
	next := func(r ref) Next {
		if !r.leaf() {
			return Next(r)
		}
		i := slices.Index(known, r.answer())
		if i < 0 {
			i = len(known)
			known = append(known, r.answer())
			answers = append(answers, r.answer().unpack())
		}
		return ^Next(i)
	}
	decisions = make([]Decision, len(t.nodes))
	for i, n := range t.nodes {
		decisions[i] = Decision{Arg: n.arg(), Bit: int(n.bit()), Zero: next(n.lo), One: next(n.hi)}
	}
	return next(t.root), decisions, answers
}
