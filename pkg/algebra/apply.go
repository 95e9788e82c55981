package algebra

// apply returns the function that combines the answers of two functions of a builder, one operation per call of it.
func (b *builder) apply(op func(a, b answer) answer, x, y ref) ref {
	var memo pairs
	var walk func(x, y ref) ref
	walk = func(x, y ref) ref {
		if x.leaf() && y.leaf() {
			return leaf(op(x.answer(), y.answer()))
		}
		if b.over {
			return leaf(0)
		}
		key := pairKey(x, y)
		if r, ok := memo.get(key); ok {
			return r
		}
		top := b.top(x, y)
		xlo, xhi := b.split(x, top)
		ylo, yhi := b.split(y, top)
		r := b.mk(top, walk(xlo, ylo), walk(xhi, yhi))
		memo.put(key, r)
		return r
	}
	return walk(x, y)
}

// top is the first variable that one of two functions decides on.
func (b *builder) top(x, y ref) uint16 {
	switch {
	case x.leaf():
		return b.nodes[y].variable
	case y.leaf():
		return b.nodes[x].variable
	}
	return min(b.nodes[x].variable, b.nodes[y].variable)
}

// split returns what a function is where a variable, none after its first, is 0 and 1.
func (b *builder) split(r ref, variable uint16) (lo, hi ref) {
	if r.leaf() || b.nodes[r].variable != variable {
		return r, r
	}
	return b.nodes[r].lo, b.nodes[r].hi
}

// overBits combines, for each choice of the other bits, the answers of a function over all values of the bits chosen.
func (b *builder) overBits(op func(a, b answer) answer, chosen func(node) bool, root ref) ref {
	memo := map[ref]ref{}
	var walk func(ref) ref
	walk = func(r ref) ref {
		if r.leaf() || b.over {
			return r
		}
		if done, ok := memo[r]; ok {
			return done
		}
		n := b.nodes[r]
		lo, hi := walk(n.lo), walk(n.hi)
		var out ref
		if chosen(n) {
			out = b.apply(op, lo, hi)
		} else {
			out = b.mk(n.variable, lo, hi)
		}
		memo[r] = out
		return out
	}
	return walk(root)
}

// rewrite replaces every answer.
func (b *builder) rewrite(f func(answer) answer, root ref) ref {
	return b.apply(func(a, _ answer) answer { return f(a) }, root, leaf(0))
}

// combine returns op over two trees.
func combine(op func(a, b answer) answer, x, y tree, limit int) (tree, error) {
	if x.constant() && y.constant() {
		return constant(op(x.answer(), y.answer())), nil
	}
	b := newBuilder(limit)
	rx, ry := b.load(x), b.load(y)
	b.limit = len(b.nodes) + limit
	t, err := b.finish(b.apply(op, rx, ry))
	if err == nil && len(t.nodes) > limit {
		err = errNodes
	}
	return t, err
}
