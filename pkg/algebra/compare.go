package algebra

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// x32Bit is set in every number of x32 (__X32_SYSCALL_BIT).
const x32Bit = 1 << 30

// Verdict is how one filter stands to another.
type Verdict string

// The verdicts of Compare(a, b), which read as "a is … than b".
const (
	Equal        Verdict = "equal"
	Tighter      Verdict = "tighter"
	Looser       Verdict = "looser"
	Incomparable Verdict = "incomparable"
)

// Witness is a call that two filters answer differently.
type Witness struct {
	Call
	A Answer `json:"a"`
	B Answer `json:"b"`
}

// String returns the witness as in "socket(arg0=38): ERRNO(EPERM), ALLOW".
func (w Witness) String() string {
	return w.Call.String() + ": " + w.A.String() + ", " + w.B.String()
}

// Comparison is the difference of two filters in what they answer.
type Comparison struct {
	Verdict Verdict `json:"verdict"`
	// Tighter and Looser are calls that a answers more strictly and less strictly than b: for each number and direction
	// one, in the order of ABIs and numbers.
	Tighter []Witness `json:"tighter,omitempty"`
	Looser  []Witness `json:"looser,omitempty"`
	// Weaker are those of Looser that b denies and a does not.
	Weaker []Witness `json:"weaker,omitempty"`
}

// Compare returns how a stands to b, with a counter-example for every call that they differ on. Calls of ABIs that one of
// them kills count; numbers that no kernel of the tables has are looked at once for each stretch of them.
func Compare(a, b Meaning) Comparison {
	var c Comparison
	a, b = widen(a, b), widen(b, a)
	for i := range a.abis {
		c.abi(&a.abis[i], &b.abis[i])
	}
	switch {
	case len(c.Tighter) == 0 && len(c.Looser) == 0:
		c.Verdict = Equal
	case len(c.Looser) == 0:
		c.Verdict = Tighter
	case len(c.Tighter) == 0:
		c.Verdict = Looser
	default:
		c.Verdict = Incomparable
	}
	return c
}

func (c *Comparison) abi(x, y *abi) {
	for _, nr := range numbers(x, y) {
		c.call(x, nr, x.at(nr), y.at(nr))
	}
}

// numbers lists all numbers that may make a difference: those of the table, those with rules, and one without a name for
// each stretch that is answered in one way.
func numbers(x, y *abi) []uint32 {
	var out []uint32
	if !slices.Equal(x.steps, y.steps) {
		for _, name := range x.table.Names() {
			nr, _ := x.table.Number(name)
			out = append(out, uint32(nr))
		}
		for _, s := range append(slices.Clone(x.steps), y.steps...) {
			nr := s.from
			if x.arch == specs.ArchX32 {
				nr = max(nr, x32Bit)
			}
			for x.name(nr) != "" {
				nr++
			}
			out = append(out, nr)
		}
	}
	for _, list := range [][]call{x.calls, y.calls} {
		for _, c := range list {
			out = append(out, c.nr)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *Comparison) call(x *abi, nr uint32, s, t tree) {
	if s.equal(t) {
		return
	}
	p := newPair(x, nr, s, t)
	if w, ok := p.find(func(x, y answer) bool { return x < y }); ok {
		c.Tighter = append(c.Tighter, w)
	}
	if w, ok := p.find(func(x, y answer) bool { return x > y }); ok {
		c.Looser = append(c.Looser, w)
	}
	if w, ok := p.find(func(x, y answer) bool { return x.class() != Denies && y.class() == Denies }); ok {
		c.Weaker = append(c.Weaker, w)
	}
}

// pair is one number with two filters' answers to it.
type pair struct {
	b    *builder
	u, v ref
	call Call
}

func newPair(x *abi, nr uint32, s, t tree) pair {
	b := newBuilder(0)
	return pair{b, b.load(s), b.load(t), Call{Arch: x.arch, Number: int(nr), Name: x.name(nr)}}
}

func (p pair) named() bool { return p.call.Name != "" }

// find returns a call of the number to which the two answer so that a test holds.
func (p pair) find(holds func(x, y answer) bool) (Witness, bool) {
	w, x, y, ok := p.b.find(holds, p.u, p.v)
	out := Witness{Call: p.call, A: x.unpack(), B: y.unpack()}
	out.Args, out.Mask = w.value, w.mask
	return out, ok
}
