package algebra

import "slices"

// conflict stands for two answers for one low word.
const conflict answer = none - 1

// fold makes one function of what a name answers on each ABI: the one that rules for the name will say. Rules cannot be
// written for one ABI, and on narrow ones libseccomp drops from their conditions what they say of high words. Where a default
// that has to be spelled out is in the way, the call gets the default of the filter instead.
func (e *emitter) fold(t *target, highest []uint32) error {
	if !t.named {
		return nil
	}
	exact, err := e.merge(t, highest)
	if err != nil || exact || e.spelled == none {
		return err
	}
	for i := range t.at {
		t.at[i].tree = e.renumber(t.at[i].tree)
	}
	delete(e.budget, t.name)
	_, err = e.merge(t, highest)
	return err
}

// merge reports whether what the rules will say is no more than what the meaning says on some ABI.
func (e *emitter) merge(t *target, highest []uint32) (exact bool, err error) {
	var wide, narrow *tree
	nowhere := false
	for _, p := range t.at {
		if !p.known || e.stub() && p.is(answerENOSYS) && highest[p.abi] > 0 && p.nr > highest[p.abi] {
			continue
		}
		side := &wide
		if e.m.abis[p.abi].narrow() {
			side = &narrow
		}
		if *side == nil {
			*side = &p.tree
			continue
		}
		both, err := combine(stricter, **side, p.tree, e.env.Budget.Nodes)
		if err != nil {
			return false, &BudgetError{Call: t.name, Arch: e.m.abis[p.abi].arch, Nodes: e.env.Budget.Nodes}
		}
		*side = &both
	}
	if narrow == nil && e.narrow() {
		// libseccomp takes the rule in under a number that no call has there, and still refuses a conflict.
		whatever := constant(rankAllow)
		narrow, nowhere = &whatever, true
	}
	switch {
	case wide == nil && narrow == nil:
		t.out = constant(e.fallback)
	case wide == nil:
		t.out = *narrow
	case narrow == nil || wide.equal(*narrow):
		t.out = *wide
	default:
		b := newBuilder(e.env.Budget.Nodes)
		out, err := b.finish(e.both(b, b.load(*wide), b.load(*narrow)))
		if err != nil {
			return false, &BudgetError{Call: t.name, Arch: e.env.Native, Nodes: e.env.Budget.Nodes}
		}
		t.out = out
	}
	said := t.out
	t.out = e.shrink(t)
	if t.out.equal(said) && (wide == nil || wide.equal(said)) {
		return true, nil
	}
	if t.muxed() {
		return false, nil
	}
	if nowhere {
		narrow = nil
	}
	if t.native = e.native(wide, narrow); t.native == nil {
		return false, nil
	}
	t.out = *wide
	delete(e.budget, t.name)
	return true, nil
}

// narrow reports whether rules are written for a narrow ABI, too.
func (e *emitter) narrow() bool {
	return slices.ContainsFunc(e.m.abis, func(a abi) bool { return a.narrow() })
}

// both returns the function whose rules are no laxer than wide, and whose rules without high words no laxer than narrow.
// It is wide, and only for the low words on which that is too lax or does not say one thing, the stricter of both.
func (e *emitter) both(b *builder, wide, narrow ref) ref {
	out := wide
	meet := b.apply(stricter, wide, narrow)
	for _, instead := range []ref{meet, b.overBits(stricter, high, meet)} {
		low := e.low(b, out)
		bad := b.apply(func(said, want answer) answer {
			if said == none {
				said = e.fallback
			}
			if said > want { // also where it is a conflict
				return 1
			}
			return 0
		}, low, narrow)
		swap := b.apply(func(bad, instead answer) answer {
			if bad == 1 {
				return instead
			}
			return none
		}, bad, instead)
		out = b.apply(func(now, swap answer) answer {
			if swap == none {
				return now
			}
			return swap
		}, out, swap)
	}
	return out
}

func high(n node) bool { return n.bit() >= 32 }

// low returns what rules for a function say to a narrow ABI: for each low word the one answer, other than the default, that
// it gives with some high word, none or a conflict.
func (e *emitter) low(b *builder, r ref) ref {
	rules := b.rewrite(func(a answer) answer {
		if a == e.fallback {
			return none
		}
		return a
	}, r)
	return b.overBits(func(x, y answer) answer {
		switch {
		case x == y || y == none:
			return x
		case x == none:
			return y
		}
		return conflict
	}, high, rules)
}

// shrink returns the function of a target, or a stricter one if it needs more rules than the budget has: from some bit on,
// it takes the strictest answer.
func (e *emitter) shrink(t *target) tree {
	limit := e.env.Budget.Rules
	if several(t.out) {
		limit = e.env.Budget.RulesSeveral
	}
	if t.out.count(e.fallback) <= limit {
		return t.out
	}
	e.budget[t.name] = true
	least := make([]answer, len(t.out.nodes))
	at := func(r ref) answer {
		if r.leaf() {
			return r.answer()
		}
		return least[r]
	}
	for i, n := range t.out.nodes {
		least[i] = min(at(n.lo), at(n.hi))
	}
	for last := uint16(arguments * 64); ; last-- {
		b := newBuilder(len(t.out.nodes))
		refs := make([]ref, len(t.out.nodes))
		to := func(r ref) ref {
			if r.leaf() {
				return r
			}
			return refs[r]
		}
		for i, n := range t.out.nodes {
			if n.variable >= last {
				refs[i] = leaf(least[i])
			} else {
				refs[i] = b.mk(n.variable, to(n.lo), to(n.hi))
			}
		}
		root := to(t.out.root)
		if plain, err := b.finish(root); err == nil && !plain.constant() && plain.count(e.fallback) > limit {
			continue // settling takes most of the time, and makes rules fewer in rare cases only
		}
		out, err := e.settle(b, root)
		if err == nil && (out.constant() || out.count(e.fallback) <= limit) {
			return out
		}
	}
}

// settle finishes a function that was made stricter. On a narrow ABI its rules must still say one thing.
func (e *emitter) settle(b *builder, r ref) (tree, error) {
	if e.narrow() {
		b.limit = e.env.Budget.Nodes
		r = e.both(b, r, leaf(rankAllow))
	}
	return b.finish(r)
}

// several reports whether a function looks at more than one argument.
func several(t tree) bool {
	for _, n := range t.nodes {
		if n.arg() != t.nodes[0].arg() {
			return true
		}
	}
	return false
}
