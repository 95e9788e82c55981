package bpf

import (
	"fmt"
	"strings"
)

var (
	aluNames  = map[uint16]string{add: "add", sub: "sub", mul: "mul", div: "div", or: "or", and: "and", lsh: "lsh", rsh: "rsh", xor: "xor"}
	jumpNames = map[uint16]string{jeq: "jeq", jgt: "jgt", jge: "jge", jset: "jset"}
	fields    = map[uint32]string{0: "nr", 4: "arch", 8: "ip.lo", 12: "ip.hi"}
)

// String returns the program in assembly, an instruction a line with its number. Words of arguments are named as on a
// little-endian machine.
func (p Program) String() string {
	var b strings.Builder
	for at, i := range p {
		fmt.Fprintf(&b, "%04d: %s\n", at, i.text(at))
	}
	return b.String()
}

// String returns the instruction in assembly, with relative jumps.
func (i Instruction) String() string { return i.text(-1) }

func (i Instruction) text(at int) string {
	operand := fmt.Sprintf("#%#x", i.K)
	if i.Code&srcX != 0 {
		operand = "x"
	}
	switch i.Code & 7 {
	case ld:
		return "ld " + i.source()
	case ldx:
		return "ldx " + i.source()
	case st:
		return fmt.Sprintf("st M[%d]", i.K)
	case stx:
		return fmt.Sprintf("stx M[%d]", i.K)
	case alu:
		if i.Code&0xf0 == neg {
			return "neg"
		}
		if name, ok := aluNames[i.Code&0xf0]; ok {
			return name + " " + operand
		}
	case jmp:
		if i.Code&0xf0 == ja {
			return fmt.Sprintf("ja %d", at+1+int(i.K))
		}
		if name, ok := jumpNames[i.Code&0xf0]; ok {
			return fmt.Sprintf("%s %s, %d, %d", name, operand, at+1+int(i.Jt), at+1+int(i.Jf))
		}
	case ret:
		return i.returns()
	case misc:
		if i.Code&txa != 0 {
			return "txa"
		}
		return "tax"
	}
	return fmt.Sprintf(".insn %#x, %d, %d, %#x", i.Code, i.Jt, i.Jf, i.K)
}

func (i Instruction) source() string {
	switch i.Code &^ 7 {
	case imm:
		return fmt.Sprintf("#%#x", i.K)
	case length:
		return "len"
	case mem:
		return fmt.Sprintf("M[%d]", i.K)
	}
	if name, ok := fields[i.K]; ok {
		return "[" + name + "]"
	}
	half := "lo"
	if i.K%8 != 0 {
		half = "hi"
	}
	return fmt.Sprintf("[arg%d.%s]", (int64(i.K)-16)/8, half)
}

func (i Instruction) returns() string {
	if i.Code&retA != 0 {
		return "ret a"
	}
	action, number := Action(i.K)
	text := "ret " + strings.TrimPrefix(string(action), "SCMP_ACT_")
	if number != 0 {
		text += fmt.Sprintf("(%d)", number)
	}
	return text
}
