package main

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// condition says whether a condition holds for an argument as the kernel will use it, and whether it is one at all.
func condition(abi specs.Arch, call string, a specs.LinuxSeccompArg, x uint64) (holds, none bool) {
	table, _ := syscalls.Table(abi)
	want, mask := a.Value, ^uint64(0)
	if a.Op == specs.OpMaskedEqual {
		mask, want = a.Value, a.ValueTwo
	}
	bits := syscalls.ArgumentBits(call, int(a.Index))
	if table.Bits() == 32 || abi == specs.ArchX32 {
		want, mask, x = uint64(uint32(want)), uint64(uint32(mask)), uint64(uint32(x))
	} else if bits == 32 {
		want, mask = int32Constant(want, mask)
	}
	switch bits {
	case 32:
		x = uint64(uint32(x))
	case 16:
		x = uint64(uint16(x))
	}
	switch a.Op {
	case specs.OpEqualTo:
		return x == want, false
	case specs.OpNotEqual:
		return x != want, false
	case specs.OpLessThan:
		return x < want, false
	case specs.OpLessEqual:
		return x <= want, false
	case specs.OpGreaterThan:
		return x > want, false
	case specs.OpGreaterEqual:
		return x >= want, false
	}
	return x&mask == want&mask, mask == 0
}

// int32Constant takes the sign off a constant for an int: all of the high bits that are compared are set, and so is the
// highest of the low ones.
func int32Constant(want, mask uint64) (uint64, uint64) {
	high := mask >> 32
	if high != 0 && (want&mask)>>32 == high && want&mask&0x80000000 != 0 {
		return uint64(uint32(want)), uint64(uint32(mask))
	}
	return want, mask
}
