package algebra

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// arguments is how many arguments seccomp sees of a call.
const arguments = 6

// comparison is one condition on one argument, of which the kernel uses the low width bits.
type comparison struct {
	arg   int
	width int
	op    specs.LinuxSeccompOperator
	mask  uint64 // of MASKED_EQ
	value uint64
}

// compare reads a condition for an argument of which the kernel uses width bits. On a narrow ABI libseccomp compares low
// words and does not look at what the condition says of the high ones.
//
// On other ABIs the kernel cuts an argument of a narrower type, and so the argument is taken as what is left of it, filled
// up with zeros. A constant with the sign of a negative int filled in, as -100 for AT_FDCWD, means that int.
func compare(a specs.LinuxSeccompArg, width int, narrow bool) (comparison, error) {
	c := comparison{arg: int(a.Index), width: width, op: a.Op, mask: ^uint64(0), value: a.Value}
	if a.Index >= arguments {
		return c, fmt.Errorf("argument index %d is over %d", a.Index, arguments-1)
	}
	switch a.Op {
	case specs.OpEqualTo, specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterThan, specs.OpGreaterEqual:
	case specs.OpMaskedEqual:
		c.mask, c.value = a.Value, a.ValueTwo&a.Value
	default:
		return c, fmt.Errorf("unknown operator %q", a.Op)
	}
	const low = 1<<32 - 1
	const sign = 1 << 31
	switch {
	case narrow:
		c.mask, c.value = c.mask&low, c.value&low
	case width == 32 && c.value&c.mask&sign != 0 && c.mask>>32 != 0 && c.value>>32 == c.mask>>32:
		c.mask, c.value = c.mask&low, c.value&low
	}
	return c, nil
}

// always reports whether a condition is none to libseccomp, which drops a comparison with an empty mask.
func (c comparison) always() bool { return c.op == specs.OpMaskedEqual && c.mask == 0 }

// then returns the function that is yes where the condition holds and no elsewhere. The bits that yes decides on must come
// after those of the argument; no is an answer.
func (c comparison) then(b *builder, yes, no ref) ref {
	beyond := ^uint64(0) << c.width // 0 for 64
	switch c.op {
	case specs.OpEqualTo, specs.OpMaskedEqual:
		if c.value&beyond != 0 {
			return no
		}
		return c.equal(b, yes, no)
	case specs.OpNotEqual:
		if c.value&beyond != 0 {
			return yes
		}
		return c.equal(b, no, yes)
	case specs.OpLessThan:
		return c.less(b, beyond, yes, no, no)
	case specs.OpLessEqual:
		return c.less(b, beyond, yes, yes, no)
	case specs.OpGreaterThan:
		return c.less(b, beyond, no, no, yes)
	default: // GE: compare lets no other through
		return c.less(b, beyond, no, yes, yes)
	}
}

func (c comparison) equal(b *builder, yes, no ref) ref {
	r := yes
	for bit := range c.width {
		switch {
		case c.mask>>bit&1 == 0:
		case c.value>>bit&1 == 0:
			r = b.mk(variable(c.arg, bit), r, no)
		default:
			r = b.mk(variable(c.arg, bit), no, r)
		}
	}
	return r
}

// less returns what is under the value, equal to it, and over it.
func (c comparison) less(b *builder, beyond uint64, under, equal, over ref) ref {
	if c.value&beyond != 0 {
		return under
	}
	r := equal
	for bit := range c.width {
		if c.value>>bit&1 == 0 {
			r = b.mk(variable(c.arg, bit), r, over)
		} else {
			r = b.mk(variable(c.arg, bit), under, r)
		}
	}
	return r
}
