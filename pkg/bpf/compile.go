package bpf

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// x32Bit is set in every number of x32 (__X32_SYSCALL_BIT). skipped is the number by which a tracer skips a call; as seccomp(2)
// asks, a filter does not take it for one of x32, and answers as it does to numbers of x86_64 that no call has.
const (
	x32Bit  = 1 << 30
	skipped = 1<<32 - 1
)

// killThread is SECCOMP_RET_KILL_THREAD, with which calls of ABIs that a meaning does not have are answered.
const killThread = 0

// The places in struct seccomp_data.
const (
	offsetNr   = 0
	offsetArch = 4
	offsetArgs = 16
)

// Compile returns a program that answers every call as a meaning does. It finds a number by binary search, and looks at the
// arguments by the word where the meaning's diagrams do by the bit.
//
// It fails where the program would be longer than the 4096 instructions that the kernel takes.
func Compile(m algebra.Meaning) (Program, error) {
	var c compiler
	type part struct {
		audit uint32
		begin label
	}
	var parts []part
	killed := c.give(killThread)
	archs := m.Architectures()
	for i := len(archs) - 1; i >= 0; i-- {
		if archs[i] == specs.ArchX32 && m.Stretches(specs.ArchX86_64) != nil {
			continue // they are one architecture to the kernel
		}
		audit, ok := AuditArch(archs[i])
		if !ok {
			return nil, fmt.Errorf("compile filter: no audit number is known for %s", archs[i])
		}
		c.littleEndian, c.functions = audit&littleEndian != 0, nil
		begin, err := c.search(numbers(m, archs[i]))
		if err != nil {
			return nil, fmt.Errorf("compile filter: %w", err)
		}
		parts = append(parts, part{audit, c.push(Instruction{Code: ld | abs, K: offsetNr}, begin)})
	}
	at := killed
	for _, p := range parts {
		at = c.jump(jeq, p.audit, p.begin, at)
	}
	c.push(Instruction{Code: ld | abs, K: offsetArch}, at)
	p, err := c.program()
	if err != nil {
		return nil, fmt.Errorf("compile filter: %w", err)
	}
	return p, nil
}

// numbers returns what is answered to each number that the kernel gives a filter with the architecture of an ABI.
func numbers(m algebra.Meaning, arch specs.Arch) []algebra.Stretch {
	list := m.Stretches(arch)
	switch arch {
	case specs.ArchX86_64:
		out := cut(list, 0, x32Bit)
		out = append(out, cut(m.Stretches(specs.ArchX32), x32Bit, skipped)...)
		return append(out, cut(list, skipped, 1<<32)...)
	case specs.ArchX32:
		out := []algebra.Stretch{{}}
		return append(append(out, cut(list, x32Bit, skipped)...), algebra.Stretch{From: skipped})
	default:
		return list
	}
}

// cut returns the part of stretches from one number up to another. Without stretches it kills.
func cut(list []algebra.Stretch, from, end uint64) []algebra.Stretch {
	out := []algebra.Stretch{{From: uint32(from)}}
	for _, s := range list {
		switch {
		case uint64(s.From) <= from:
			out[0].Answers = s.Answers
		case uint64(s.From) < end:
			out = append(out, s)
		}
	}
	return out
}

// search writes a binary search for the number in A, and what is answered to each.
func (c *compiler) search(list []algebra.Stretch) (label, error) {
	if len(list) == 1 {
		return c.function(list[0].Answers)
	}
	middle := len(list) / 2
	above, err := c.search(list[middle:])
	if err != nil {
		return 0, err
	}
	below, err := c.search(list[:middle])
	if err != nil {
		return 0, err
	}
	return c.jump(jge, list[middle].From, above, below), nil
}
