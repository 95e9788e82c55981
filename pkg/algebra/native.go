package algebra

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// conjunction is one rule that has other operators than EQ and MASKED_EQ.
type conjunction struct {
	answer      answer
	comparisons []comparison // of the first argument first
}

// Where cubes are too many, rules compare by order as well: LT, GE and NE. libseccomp 2.5.4 compiles most such rules wrong, or not
// within minutes. It compiles this one shape right (TestShapes of integration/proof): a tree that decides on one
// argument after the other, in their order; first by disjoint cubes, and from some argument on by one comparison and its
// opposite, below each of which there may be other ones. Where the opposite has nothing but the default, the comparison
// may be a cube.
//
// On narrow ABIs cubes do not go before others: what is separate has the reason.

// native returns rules of that shape for a function, exact on wide ABIs and on narrow ones (nil: there are none), or none.
func (e *emitter) native(wide, narrow *tree) []conjunction {
	if wide == nil || wide.constant() {
		return nil
	}
	n := newNative(e, *wide)
	if n.decide(n.root, nil) && (narrow == nil || e.says(n.out, *narrow)) {
		return n.out
	}
	if e.narrow() {
		return nil
	}
	for _, first := range n.args[1:] {
		n.out = nil
		if n.comb(cube{}, n.root, first); len(n.out) > 0 && len(n.out) <= n.limit && !n.b.over {
			return n.out
		}
	}
	return nil
}

// says reports whether rules mean a function on a narrow ABI.
func (e *emitter) says(list []conjunction, want tree) bool {
	var r rules
	for _, c := range list {
		var low []comparison
		for _, x := range slices.Backward(c.comparisons) {
			x.width = 32
			x.mask, x.value = x.mask&(1<<32-1), x.value&(1<<32-1)
			if !x.always() {
				low = append(low, x)
			}
		}
		r.add(c.answer, low)
	}
	got, overlap, err := r.tree(e.fallback, e.env.Budget.Nodes)
	return err == nil && overlap == nil && got.equal(want)
}

// native is the search for rules for one function.
type native struct {
	b        *builder
	fallback answer
	root     ref
	args     []int // that the function looks at
	limit    int
	out      []conjunction
}

const (
	no  = answer(0)
	yes = answer(1)
)

func newNative(e *emitter, t tree) *native {
	n := &native{b: newBuilder(e.env.Budget.Nodes), fallback: e.fallback, limit: e.env.Budget.RulesSeveral}
	n.root = n.b.load(t)
	n.b.limit = len(n.b.nodes) + e.env.Budget.Nodes
	for _, x := range t.nodes {
		if !slices.Contains(n.args, x.arg()) {
			n.args = append(n.args, x.arg())
		}
	}
	slices.Sort(n.args)
	return n
}

// decide appends the rules for a function after some comparisons, if it has the shape without cubes.
func (n *native) decide(r ref, before []comparison) bool {
	if r.leaf() {
		if r.answer() != n.fallback {
			n.out = append(n.out, conjunction{r.answer(), before})
		}
		return len(n.out) <= n.limit && !n.b.over
	}
	arg := n.b.nodes[r].arg()
	next := n.after(arg, r)
	if len(next) != 2 {
		return false
	}
	for i, to := range next {
		other := next[1-i]
		c, opposite, ok := n.single(arg, n.leads(arg, r, to))
		if !ok || opposite.op == "" && other != leaf(n.fallback) {
			continue
		}
		return n.decide(to, slices.Concat(before, []comparison{c})) && n.decide(other, slices.Concat(before, []comparison{opposite}))
	}
	return false
}

// after returns what a function may become when an argument, its first, is known.
func (n *native) after(arg int, r ref) []ref {
	var out []ref
	seen := map[ref]bool{}
	var walk func(ref)
	walk = func(r ref) {
		if seen[r] {
			return
		}
		seen[r] = true
		if r.leaf() || n.b.nodes[r].arg() != arg {
			out = append(out, r)
			return
		}
		walk(n.b.nodes[r].lo)
		walk(n.b.nodes[r].hi)
	}
	walk(r)
	return out
}

// leads returns the set of values of an argument with which a function becomes another.
func (n *native) leads(arg int, r, to ref) ref {
	memo := map[ref]ref{}
	var walk func(ref) ref
	walk = func(r ref) ref {
		switch {
		case r == to:
			return leaf(yes)
		case r.leaf() || n.b.nodes[r].arg() != arg:
			return leaf(no)
		}
		if done, ok := memo[r]; ok {
			return done
		}
		x := n.b.nodes[r]
		memo[r] = n.b.mk(x.variable, walk(x.lo), walk(x.hi))
		return memo[r]
	}
	return walk(r)
}

// single returns the one comparison that is a set of values of an argument, and its opposite, which a cube has none of.
func (n *native) single(arg int, set ref) (c, opposite comparison, ok bool) {
	first, _ := n.least(set, yes)
	hole, _ := n.least(set, no)
	for _, t := range []struct {
		op, opposite specs.LinuxSeccompOperator
		value        uint64
	}{
		{specs.OpEqualTo, specs.OpNotEqual, first}, {specs.OpLessThan, specs.OpGreaterEqual, hole},
		{specs.OpGreaterEqual, specs.OpLessThan, first}, {specs.OpNotEqual, specs.OpEqualTo, hole},
	} {
		c := comparison{arg: arg, width: 64, op: t.op, mask: ^uint64(0), value: t.value}
		if c.then(n.b, leaf(yes), leaf(no)) == set {
			opposite := c
			opposite.op = t.opposite
			return c, opposite, true
		}
	}
	if t, err := n.b.finish(set); err == nil && t.count(no) == 1 {
		p := t.cubes(no)[0]
		return comparison{arg: arg, width: 64, op: specs.OpMaskedEqual, mask: p.mask[arg], value: p.value[arg]}, comparison{}, true
	}
	return comparison{}, comparison{}, false
}

// least returns the smallest value, of the one argument that a set is of, with an answer.
func (n *native) least(set ref, want answer) (uint64, bool) {
	if set.leaf() {
		return 0, set.answer() == want
	}
	x := n.b.nodes[set]
	if v, ok := n.least(x.lo, want); ok {
		return v, true
	}
	v, ok := n.least(x.hi, want)
	return v | 1<<x.bit(), ok
}

// comb appends rules that begin with cubes of the arguments before one.
func (n *native) comb(c cube, r ref, first int) {
	switch {
	case len(n.out) > n.limit || n.b.over:
		return
	case !r.leaf() && n.b.nodes[r].arg() < first:
		x := n.b.nodes[r]
		n.comb(c.with(x, false), x.lo, first)
		n.comb(c.with(x, true), x.hi, first)
		return
	}
	had := len(n.out)
	if n.decide(r, c.comparisons()) {
		return
	}
	n.out = n.out[:had]
	t, err := n.b.finish(r)
	if err != nil || t.count(n.fallback) > n.limit {
		n.b.over = true
		return
	}
	for _, p := range t.cubes(n.fallback) {
		for i := range first {
			p.mask[i], p.value[i] = c.mask[i], c.value[i]
		}
		n.out = append(n.out, conjunction{p.answer, p.comparisons()})
	}
}

// comparisons returns a cube as the comparisons of a rule.
func (c cube) comparisons() []comparison {
	var out []comparison
	for i, m := range c.mask {
		if m != 0 {
			out = append(out, comparison{arg: i, width: 64, op: specs.OpMaskedEqual, mask: m, value: c.value[i]})
		}
	}
	return out
}

// arguments writes a rule's conditions.
func (c conjunction) arguments() []specs.LinuxSeccompArg {
	var out []specs.LinuxSeccompArg
	for _, x := range c.comparisons {
		switch {
		case x.op != specs.OpMaskedEqual:
			out = append(out, specs.LinuxSeccompArg{Index: uint(x.arg), Value: x.value, Op: x.op})
		case x.mask == ^uint64(0):
			out = append(out, specs.LinuxSeccompArg{Index: uint(x.arg), Value: x.value, Op: specs.OpEqualTo})
		default:
			out = append(out, specs.LinuxSeccompArg{Index: uint(x.arg), Value: x.mask, ValueTwo: x.value, Op: specs.OpMaskedEqual})
		}
	}
	return out
}
