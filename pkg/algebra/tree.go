package algebra

import "errors"

// tree is a function from six 64-bit arguments to an answer: a reduced, ordered decision diagram over their bits, argument
// 0 first and in each the highest bit first. Nodes stand after the nodes they lead to, numbered by a fixed walk, so that
// two trees are the same function exactly if they are the same value. A function that looks at no bit has no nodes.
type tree struct {
	root  ref
	nodes []node
}

// ref is an answer, with leafBit set, or the index of a node.
type ref uint32

const leafBit ref = 1 << 31

func leaf(a answer) ref            { return leafBit | ref(a) }
func (r ref) leaf() bool           { return r&leafBit != 0 }
func (r ref) answer() answer       { return answer(r &^ leafBit) }
func constant(a answer) tree       { return tree{root: leaf(a)} }
func (t tree) constant() bool      { return t.root.leaf() }
func (t tree) answer() answer      { return t.root.answer() }
func variable(arg, bit int) uint16 { return uint16(arg<<6 | 63 - bit) }

// node decides on one bit: bit 63-var%64 of argument var/64.
type node struct {
	variable uint16
	lo, hi   ref
}

func (n node) arg() int  { return int(n.variable >> 6) }
func (n node) bit() uint { return 63 - uint(n.variable&63) }

// eval returns the answer for one argument vector.
func (t tree) eval(args [6]uint64) answer {
	r := t.root
	for !r.leaf() {
		n := t.nodes[r]
		if args[n.arg()]>>n.bit()&1 == 0 {
			r = n.lo
		} else {
			r = n.hi
		}
	}
	return r.answer()
}

func (t tree) equal(o tree) bool {
	if t.root != o.root || len(t.nodes) != len(o.nodes) {
		return false
	}
	for i, n := range t.nodes {
		if n != o.nodes[i] {
			return false
		}
	}
	return true
}

var errNodes = errors.New("too many decisions")

// builder makes trees. Its refs are its own; a tree leaves it renumbered.
type builder struct {
	nodes  []node
	unique set
	limit  int
	over   bool
}

func newBuilder(limit int) *builder { return &builder{limit: limit} }

// mk returns the node that decides on a variable. Once over the limit it returns nonsense, and finish an error.
func (b *builder) mk(variable uint16, lo, hi ref) ref {
	if lo == hi {
		return lo
	}
	n := node{variable, lo, hi}
	if r, ok := b.unique.find(b.nodes, n); ok {
		return r
	}
	if len(b.nodes) >= b.limit {
		b.over = true
		return leaf(0)
	}
	r := ref(len(b.nodes))
	b.nodes = append(b.nodes, n)
	b.unique.add(b.nodes)
	return r
}

// load takes a tree in and returns its root. It fits whatever the limit is.
func (b *builder) load(t tree) ref {
	if t.constant() {
		return t.root
	}
	b.limit = max(b.limit, len(b.nodes)+len(t.nodes))
	refs := make([]ref, len(t.nodes))
	at := func(r ref) ref {
		if r.leaf() {
			return r
		}
		return refs[r]
	}
	for i, n := range t.nodes {
		refs[i] = b.mk(n.variable, at(n.lo), at(n.hi))
	}
	return at(t.root)
}

// finish returns the tree below a ref.
func (b *builder) finish(root ref) (tree, error) {
	if b.over {
		return tree{}, errNodes
	}
	t := tree{}
	seen := make([]ref, len(b.nodes)) // position+1
	var walk func(ref) ref
	walk = func(r ref) ref {
		if r.leaf() {
			return r
		}
		if seen[r] != 0 {
			return seen[r] - 1
		}
		n := b.nodes[r]
		n.lo, n.hi = walk(n.lo), walk(n.hi)
		at := ref(len(t.nodes))
		t.nodes = append(t.nodes, n)
		seen[r] = at + 1
		return at
	}
	t.root = walk(root)
	return t, nil
}
