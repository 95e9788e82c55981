package bpf

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// Data is a struct seccomp_data: one system call as a filter sees it.
type Data struct {
	Nr                 uint32
	Arch               uint32 // an AUDIT_ARCH_ number
	InstructionPointer uint64
	Args               [6]uint64
}

// littleEndian is __AUDIT_ARCH_LE.
const littleEndian = 0x40000000

// word returns the 32 bits at an offset, a multiple of 4, in the byte order of the architecture.
func (d *Data) word(offset uint32) uint32 {
	var v uint64
	switch {
	case offset == 0:
		return d.Nr
	case offset == 4:
		return d.Arch
	case offset < 16:
		v = d.InstructionPointer
	default:
		v = d.Args[(offset-16)/8]
	}
	if (offset%8 == 0) == (d.Arch&littleEndian != 0) {
		return uint32(v)
	}
	return uint32(v >> 32)
}

// Run returns what a program, one that Check accepts, returns for a call: an action in the upper half, data in the lower.
func (p Program) Run(d *Data) uint32 {
	var a, x uint32
	var m [memory]uint32
	for at := 0; ; at++ {
		i := p[at]
		operand := i.K
		if i.Code&srcX != 0 {
			operand = x
		}
		switch i.Code & 7 {
		case ld:
			a = i.load(d, &m)
		case ldx:
			x = i.load(d, &m)
		case st:
			m[i.K] = a
		case stx:
			m[i.K] = x
		case alu:
			if i.Code&0xf0 == div && operand == 0 {
				return 0 // the kernel ends the program so
			}
			a = i.compute(a, operand)
		case jmp:
			at += i.jump(a, operand)
		case ret:
			if i.Code&retA != 0 {
				return a
			}
			return i.K
		case misc:
			if i.Code&txa != 0 {
				a = x
			} else {
				x = a
			}
		}
	}
}

func (i Instruction) load(d *Data, m *[memory]uint32) uint32 {
	switch i.Code &^ 7 {
	case abs:
		return d.word(i.K)
	case mem:
		return m[i.K]
	case length:
		return dataSize
	}
	return i.K
}

func (i Instruction) compute(a, operand uint32) uint32 {
	switch i.Code & 0xf0 {
	case add:
		return a + operand
	case sub:
		return a - operand
	case mul:
		return a * operand
	case div:
		return a / operand
	case or:
		return a | operand
	case and:
		return a & operand
	case lsh:
		return a << (operand & 31)
	case rsh:
		return a >> (operand & 31)
	case xor:
		return a ^ operand
	}
	return -a // NEG
}

func (i Instruction) jump(a, operand uint32) int {
	var yes bool
	switch i.Code & 0xf0 {
	case ja:
		return int(i.K)
	case jeq:
		yes = a == operand
	case jgt:
		yes = a > operand
	case jge:
		yes = a >= operand
	case jset:
		yes = a&operand != 0
	}
	if yes {
		return int(i.Jt)
	}
	return int(i.Jf)
}

// Answer returns what the kernel answers to a call under a stack of filters, the oldest first: the strictest, and of two
// that differ in their number alone the newest. Without any it allows.
func Answer(stack []Program, d *Data) algebra.Answer {
	out := algebra.Answer{Action: specs.ActAllow}
	for _, p := range stack {
		action, number := Action(p.Run(d))
		out = stacked(out, algebra.Answer{Action: action, Errno: number})
	}
	return out
}
