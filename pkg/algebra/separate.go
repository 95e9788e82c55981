package algebra

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// separate keeps libseccomp from mixing up the words that conditions compare.
//
// It compiles the rules of a call to a chain of comparisons of one word, of which one that holds may lead to an inner chain
// for the next word, and that back to the rest of the outer one. Where two chains end alike they share the end. In 2.5.4
// what one chain has in the accumulator at the shared end is not always what the other left there, so that a call can get
// the answer of another rule: found by integration/proof. It takes an inner chain that is not the outer one's last, and a
// second chain that ends alike: of another call, or of the same one on a narrow ABI. So where calls with inner chains have a comparison in common with others, they are made to
// look at less, which is stricter and on record.
func (e *emitter) separate() error {
	users := map[comparisonKey][]*target{}
	for _, t := range e.targets {
		if !t.named || t.out.constant() {
			continue
		}
		for k := range t.keys(e.fallback) {
			users[k] = append(users[k], t)
		}
	}
	for _, t := range e.targets {
		if !t.named || t.out.constant() || !t.returns(e.fallback) {
			continue
		}
		shared := e.narrow()
		for k := range t.keys(e.fallback) {
			shared = shared || slices.ContainsFunc(users[k], func(o *target) bool { return o != t && !o.out.equal(t.out) })
		}
		if !shared {
			continue
		}
		if t.native = e.instead(t); t.native != nil {
			continue
		}
		if e.spelled != none {
			t.out, t.native = e.renumber(t.out), nil
			if !returns(t.out.cubes(e.fallback)) {
				continue
			}
		}
		t.native = nil
		out, err := e.flatten(t.out)
		if err != nil {
			return &BudgetError{Call: t.name, Arch: e.env.Native, Nodes: e.env.Budget.Nodes}
		}
		t.out = out
		e.separated[t.name] = true
	}
	return nil
}

// instead returns rules for a target that compare by order, and that other calls cannot be mixed up with, or none.
func (e *emitter) instead(t *target) []conjunction {
	if t.muxed() {
		return nil
	}
	n := newNative(e, t.out)
	if !n.decide(n.root, nil) {
		return nil
	}
	if e.narrow() {
		b := newBuilder(e.env.Budget.Nodes)
		narrow, err := b.finish(b.rewrite(func(a answer) answer {
			if a == none {
				return e.fallback
			}
			return a
		}, e.low(b, b.load(t.out))))
		if err != nil || !e.says(n.out, narrow) {
			return nil
		}
	}
	return n.out
}

// flatten returns a function that is no laxer and whose rules have no inner chain that leads back to an outer one. It
// looks at one argument only; of that if need be at values under 2^32, where all others answer no laxer than the default, and
// otherwise at its low word.
func (e *emitter) flatten(t tree) (tree, error) {
	first := t.nodes[len(t.nodes)-1].arg()
	b := newBuilder(e.env.Budget.Nodes)
	one := b.overBits(stricter, func(n node) bool { return n.arg() != first }, b.load(t))
	tries := []ref{one}
	if slices.ContainsFunc(t.nodes, func(n node) bool { return n.arg() == first && high(n) }) {
		// Not of an int, which must not be compared beyond its width.
		tries = append(tries, b.apply(stricter, one, comparison{arg: first, width: 64, mask: ^uint64(1<<32 - 1)}.equal(b, leaf(none), leaf(e.fallback))))
	}
	for _, r := range append(tries, b.overBits(stricter, high, one)) {
		if out, err := e.settle(b, r); err != nil || !returns(out.cubes(e.fallback)) {
			return out, err
		}
	}
	return constant(t.strictest()), nil
}

// returns says it of a target's rules. Those that decide by one comparison and its opposite do not.
func (t *target) returns(fallback answer) bool {
	if t.native == nil {
		return returns(t.out.cubes(fallback))
	}
	return slices.ContainsFunc(t.native[1:], func(c conjunction) bool { return c.comparisons[0].op == specs.OpMaskedEqual })
}

// returns reports whether the chains of comparisons for some cubes have an inner one that leads back to an outer one: whether
// after the same comparisons of earlier words there are two of the next, and a third one after one of those.
func returns(cubes []piece) bool {
	type place struct {
		before cube
		word   int
	}
	next := map[place]map[uint64]bool{}
	inner := map[place]bool{}
	for _, c := range cubes {
		var before cube
		var last place
		for i, m := range c.mask {
			if m == 0 {
				continue
			}
			for word, shift := range []int{32, 0} {
				if last != (place{}) {
					inner[last] = true
				}
				at := place{before, 2*i + word + 1}
				if next[at] == nil {
					next[at] = map[uint64]bool{}
				}
				part := uint64(1<<32-1) << shift
				next[at][m&part>>shift<<32|c.value[i]&part>>shift] = true
				before.mask[i] |= m & part
				before.value[i] |= c.value[i] & part
				last = at
			}
		}
	}
	for at := range inner {
		if len(next[at]) > 1 {
			return true
		}
	}
	return false
}

// comparisonKey is a comparison of one word.
type comparisonKey struct {
	arg         int
	high        bool
	mask, value uint32
}

// keys returns the comparisons that the rules of a target make.
func (t *target) keys(fallback answer) map[comparisonKey]bool {
	out := map[comparisonKey]bool{}
	for _, c := range t.native {
		for _, x := range c.comparisons {
			out[comparisonKey{x.arg, false, uint32(x.mask), uint32(x.value)}] = true
			out[comparisonKey{x.arg, true, uint32(x.mask >> 32), uint32(x.value >> 32)}] = true
		}
	}
	if t.native != nil {
		return out
	}
	for _, c := range t.out.cubes(fallback) {
		for i, m := range c.mask {
			if m != 0 {
				out[comparisonKey{i, false, uint32(m), uint32(c.value[i])}] = true
				out[comparisonKey{i, true, uint32(m >> 32), uint32(c.value[i] >> 32)}] = true
			}
		}
	}
	return out
}
