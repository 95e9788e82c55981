package lower

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// arguments is how many arguments a system call has.
const arguments = 6

// budget bounds how many cubes are worked with for one call, emitted and emittedSeveral how many may become rules of it:
// libseccomp 2.5 takes milliseconds for 250 rules of one call that look at one argument, and seconds for 200 that look at
// several.
const (
	budget         = 1024
	emitted        = 256
	emittedSeveral = 64
)

var errBudget = fmt.Errorf("its conditions leave more than %d separate cases to the default", budget)

// cube is the set of argument vectors x with x[i] & mask[i] == value[i] for every i.
//
// On a filter for 64-bit ABIs only, an argument is its 64 bits. Where a 32-bit ABI is listed, libseccomp generates code
// that looks at the low word alone there, whatever the condition says of the high one. An argument is then its low 32
// bits and, as bit 32, whether the high word is other than zero, which no call of a 32-bit ABI can make it.
type cube struct {
	mask, value [arguments]uint64
}

// highBit is the bit that stands for "the high word is not zero" where a 32-bit ABI is listed.
const highBit = uint64(1) << 32

func (c cube) intersects(d cube) bool {
	for i := range arguments {
		if (c.value[i]^d.value[i])&c.mask[i]&d.mask[i] != 0 {
			return false
		}
	}
	return true
}

// without appends c less d to list, as disjoint cubes: for each bit that d fixes and c does not, the half where it is
// the other way round.
func (c cube) without(d cube, list []cube) []cube {
	if !c.intersects(d) {
		return append(list, c)
	}
	for i := range arguments {
		for b := 63; b >= 0; b-- {
			bit := uint64(1) << b
			if d.mask[i]&bit == 0 || c.mask[i]&bit != 0 {
				continue
			}
			half := c
			half.mask[i] |= bit
			half.value[i] |= ^d.value[i] & bit
			list = append(list, half)
			c.mask[i] |= bit
			c.value[i] |= d.value[i] & bit
		}
	}
	return list
}

// fixed is the number of bits that a cube fixes.
func (c cube) fixed() int {
	n := 0
	for _, m := range c.mask {
		n += bits.OnesCount64(m)
	}
	return n
}

// except returns all argument vectors but those of the given cubes. It takes the large ones away first, which leaves
// fewer pieces.
func except(cubes []cube) ([]cube, error) {
	cubes = slices.Clone(cubes)
	slices.SortStableFunc(cubes, func(a, b cube) int { return a.fixed() - b.fixed() })
	rest := []cube{{}}
	for _, d := range cubes {
		var next []cube
		for _, c := range rest {
			next = c.without(d, next)
			if len(next) > budget {
				return nil, errBudget
			}
		}
		rest = next
	}
	return rest, nil
}

// cubesOf returns the cubes that a rule's conditions come to.
func cubesOf(args []specs.LinuxSeccompArg, narrow bool) ([]cube, error) {
	out := []cube{{}}
	for _, a := range args {
		if a.Index >= arguments {
			return nil, fmt.Errorf("argument index %d is over %d", a.Index, arguments-1)
		}
		ranges, err := condition(a, narrow)
		if err != nil {
			return nil, err
		}
		var next []cube
		for _, c := range out {
			for _, r := range ranges {
				c.mask[a.Index], c.value[a.Index] = r.mask, r.value
				next = append(next, c)
			}
		}
		if len(next) > budget {
			return nil, errBudget
		}
		out = next
	}
	return out, nil
}

// errHighSeveral: the rules would be right, but libseccomp 2.5 takes minutes for comparisons with the high word on two
// arguments of one call.
var errHighSeveral = errors.New("several rules on several arguments cannot be spelled out for a 32-bit ABI; list 64-bit architectures only")

// errHigh: libseccomp would match such a condition whatever the high word of a 32-bit ABI's argument, which is 0.
var errHigh = errors.New("it compares the high word of an argument, which a 32-bit ABI of the filter does not have; list 64-bit architectures only")

// arguments emits a cube as the conditions of one rule.
func (c cube) arguments(narrow bool) ([]specs.LinuxSeccompArg, error) {
	var out []specs.LinuxSeccompArg
	for i := range arguments {
		m, v := c.mask[i], c.value[i]
		if m == 0 {
			continue
		}
		if narrow && m&highBit != 0 {
			low := m &^ highBit
			if v&highBit != 0 {
				if low != 0 {
					return nil, errHigh
				}
				out = append(out, specs.LinuxSeccompArg{Index: uint(i), Value: highBit - 1, Op: specs.OpGreaterThan})
				continue
			}
			m = low | ^(highBit - 1)
		}
		if m == ^uint64(0) {
			out = append(out, specs.LinuxSeccompArg{Index: uint(i), Value: v, Op: specs.OpEqualTo})
		} else {
			out = append(out, specs.LinuxSeccompArg{Index: uint(i), Value: m, ValueTwo: v, Op: specs.OpMaskedEqual})
		}
	}
	return out, nil
}
