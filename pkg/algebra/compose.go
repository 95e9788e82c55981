package algebra

// Test looks at a half of an argument: at the bits of Mask in the upper or lower 32.
type Test struct {
	Arg   int
	High  bool
	Mask  uint32
	Op    Op
	Value uint32
}

// Op is how a test compares the masked half with its value.
type Op int

// The operators of classic BPF's jumps.
const (
	IsEqual Op = iota
	IsGreater
	IsAtLeast
	HasAny // a bit of the value
)

// Part is a function that a Composer makes, of its own only.
type Part uint32

// Composer makes one Function out of tests and answers, the last test first. Its zero value is ready.
type Composer struct {
	// Work, if it is set, is how many steps there may yet be. Each takes one off, and below 0 Done is an error.
	Work *int

	b *builder
}

// composed bounds what a Composer may have at a time.
const composed = 1 << 20

func (c *Composer) builder() *builder {
	if c.b == nil {
		c.b = newBuilder(composed)
	}
	return c.b
}

// Answer returns the function that always gives one answer. Its error says that the runtime specification has no such answer.
func (*Composer) Answer(a Answer) (Part, error) {
	p, err := pack(a.Action, &a.Errno)
	return Part(leaf(p)), err
}

// If returns the function that is yes where a test holds, and no elsewhere.
func (c *Composer) If(t Test, yes, no Part) Part {
	const condition = 32 // steps, of the bits of a half
	b := c.builder()
	if c.Work != nil {
		*c.Work -= condition
	}
	return Part(b.choose(c.Work, t.condition(b), ref(yes), ref(no)))
}

// Done returns a function. Its error says that the function is too large for exact work.
func (c *Composer) Done(p Part) (Function, error) {
	t, err := c.builder().finish(ref(p))
	if err == nil && (len(t.nodes) > defaultNodes || c.Work != nil && *c.Work < 0) {
		err = errNodes
	}
	return Function{t}, err
}

const (
	fails ref = leafBit
	holds ref = leafBit | 1
)

// condition returns a function that says whether a test holds.
func (t Test) condition(b *builder) ref {
	under, equal, over := fails, holds, fails
	switch t.Op {
	case IsEqual:
	case IsGreater:
		equal, over = fails, holds
	case IsAtLeast:
		over = holds
	case HasAny:
		return t.any(b)
	}
	r := equal
	for bit := range 32 {
		set := t.Value>>bit&1 != 0
		switch at := t.variable(bit); {
		case t.Mask>>bit&1 == 0 && set:
			r = under
		case t.Mask>>bit&1 == 0:
		case set:
			r = b.mk(at, under, r)
		default:
			r = b.mk(at, r, over)
		}
	}
	return r
}

func (t Test) any(b *builder) ref {
	r := fails
	for bit := range 32 {
		if t.Mask&t.Value>>bit&1 != 0 {
			r = b.mk(t.variable(bit), r, holds)
		}
	}
	return r
}

func (t Test) variable(bit int) uint16 {
	if t.High {
		bit += 32
	}
	return variable(t.Arg, bit)
}

// choose returns the function that is yes where a condition holds, and no elsewhere.
func (b *builder) choose(work *int, condition, yes, no ref) ref {
	memo := map[[3]ref]ref{}
	var walk func(c, y, n ref) ref
	walk = func(c, y, n ref) ref {
		switch {
		case y == n || c == holds:
			return y
		case c == fails:
			return n
		case b.over:
			return leaf(0)
		}
		key := [3]ref{c, y, n}
		if r, ok := memo[key]; ok {
			return r
		}
		if work != nil {
			*work--
			b.over = *work < 0
		}
		top := b.nodes[c].variable
		for _, r := range []ref{y, n} {
			if !r.leaf() {
				top = min(top, b.nodes[r].variable)
			}
		}
		clo, chi := b.split(c, top)
		ylo, yhi := b.split(y, top)
		nlo, nhi := b.split(n, top)
		r := b.mk(top, walk(clo, ylo, nlo), walk(chi, yhi, nhi))
		memo[key] = r
		return r
	}
	return walk(condition, yes, no)
}
