package lower

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// span is one argument's part of a cube.
type span struct{ mask, value uint64 }

// condition returns the spans of the values that meet a condition, none of them twice.
func condition(a specs.LinuxSeccompArg, narrow bool) ([]span, error) {
	all := ^uint64(0)
	width := 64
	if narrow {
		all, width = highBit<<1-1, 33
	}
	v := a.Value
	if a.Op == specs.OpMaskedEqual {
		return masked(a.Value, a.ValueTwo, narrow)
	}
	if narrow && v >= highBit {
		return nil, errHigh
	}
	equal := span{all, v}
	switch a.Op {
	case specs.OpEqualTo:
		return []span{equal}, nil
	case specs.OpNotEqual:
		return append(below(v, width), above(v, width)...), nil
	case specs.OpLessThan:
		return below(v, width), nil
	case specs.OpLessEqual:
		return append(below(v, width), equal), nil
	case specs.OpGreaterThan:
		return above(v, width), nil
	case specs.OpGreaterEqual:
		return append(above(v, width), equal), nil
	default:
		return nil, fmt.Errorf("unknown operator %q", a.Op)
	}
}

// masked reads SCMP_CMP_MASKED_EQ, whose value is the mask and whose valueTwo the datum. libseccomp clears bits of the
// datum outside the mask.
func masked(mask, datum uint64, narrow bool) ([]span, error) {
	datum &= mask
	if !narrow || mask < highBit {
		return []span{{mask, datum}}, nil
	}
	if mask>>32 == highBit-1 && datum < highBit {
		return []span{{mask&(highBit-1) | highBit, datum}}, nil
	}
	return nil, errHigh
}

// below returns the values under v: those that agree with v down to a bit that v has set and they do not.
func below(v uint64, width int) []span {
	var out []span
	for b := width - 1; b >= 0; b-- {
		if bit := uint64(1) << b; v&bit != 0 {
			out = append(out, span{upper(b, width), v & upper(b, width) &^ bit})
		}
	}
	return out
}

// above returns the values over v, the other way round.
func above(v uint64, width int) []span {
	var out []span
	for b := width - 1; b >= 0; b-- {
		if bit := uint64(1) << b; v&bit == 0 {
			out = append(out, span{upper(b, width), v&upper(b, width) | bit})
		}
	}
	return out
}

// upper is the mask of the bits from b up to the width.
func upper(b, width int) uint64 {
	return ^uint64(0) << b & (^uint64(0) >> (64 - width))
}
