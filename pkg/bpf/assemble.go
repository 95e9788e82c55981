package bpf

import "slices"

// assembler writes a program from its end to its beginning, so that where a jump leads is known when it is written.
type assembler struct {
	code    Program // the last instruction first
	returns map[uint32]label
}

// label stands for an instruction: its place from the program's end, from 1.
type label int

func (a *assembler) put(i Instruction) label {
	a.code = append(a.code, i)
	return label(len(a.code))
}

// push writes an instruction after which comes the one at next.
func (a *assembler) push(i Instruction, next label) label {
	if int(next) != len(a.code) {
		a.near(next)
	}
	return a.put(i)
}

// give writes a return, or finds one that a jump reaches.
func (a *assembler) give(value uint32) label {
	const reach = 200
	if l, ok := a.returns[value]; ok && len(a.code)-int(l) < reach {
		return l
	}
	if a.returns == nil {
		a.returns = map[uint32]label{}
	}
	l := a.put(Instruction{Code: ret, K: value})
	a.returns[value] = l
	return l
}

// near writes an instruction that does what the one at a label does, or leads to it.
func (a *assembler) near(l label) label {
	if i := a.code[l-1]; i.Code == ret {
		a.returns[i.K] = a.put(i)
		return a.returns[i.K]
	}
	return a.put(Instruction{Code: jmp | ja, K: uint32(len(a.code) - int(l))})
}

// jump writes a conditional jump. It reaches 255 instructions, and gets a stepping stone where that is not far enough.
func (a *assembler) jump(op uint16, k uint32, yes, no label) label {
	if yes == no {
		return yes
	}
	const reach = 255
	if len(a.code)-int(no) > reach-1 { // the other one's stone may come between
		no = a.near(no)
	}
	if len(a.code)-int(yes) > reach {
		yes = a.near(yes)
	}
	return a.put(Instruction{Code: jmp | op, Jt: uint8(len(a.code) - int(yes)), Jf: uint8(len(a.code) - int(no)), K: k})
}

func (a *assembler) program() (Program, error) {
	p := slices.Clone(a.code)
	slices.Reverse(p)
	return p, p.Check()
}
