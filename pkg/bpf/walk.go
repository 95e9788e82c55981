package bpf

import "fmt"

// kind is what is in A.
type kind uint8

const (
	constant kind = iota // value
	number               // the number of the call
	argument             // a half of an argument, of which the bits of value are left
)

// state is a place in a program, and what is in A there. What a program does from a state on does not depend on how it got
// there.
type state struct {
	at    int
	kind  kind
	arg   uint8
	high  bool
	value uint32
}

// step follows a program to the next jump that the state does not decide, or to a return.
func (r *reader) step(s state) (state, error) {
	for ; ; s.at++ {
		i := r.program[s.at]
		switch i.Code {
		case ld | abs:
			if err := r.load(&s, i.K); err != nil {
				return s, err
			}
		case ld | imm:
			s = state{at: s.at, value: i.K}
		case ld | length:
			s = state{at: s.at, value: dataSize}
		case alu | and:
			if s.kind == number {
				return s, r.beyond(s.at)
			}
			if s.value &= i.K; s.value == 0 {
				s = state{at: s.at}
			}
		case jmp | ja:
			s.at += int(i.K)
		case jmp | jeq, jmp | jgt, jmp | jge, jmp | jset:
			if s.kind != constant {
				return s, nil
			}
			s.at += i.jump(s.value, i.K)
		case ret:
			return s, nil
		default:
			return s, r.beyond(s.at)
		}
	}
}

func (r *reader) beyond(at int) error {
	return fmt.Errorf("instruction %d (%s): %w", at, r.program[at], errBeyond)
}

func (r *reader) load(s *state, offset uint32) error {
	switch {
	case offset == offsetNr:
		*s = state{at: s.at, kind: number}
	case offset == offsetArch:
		*s = state{at: s.at, value: r.audit}
	case offset < offsetArgs:
		return r.beyond(s.at)
	default:
		*s = state{at: s.at, kind: argument, arg: uint8((offset - offsetArgs) / 8), value: ^uint32(0)}
		s.high = (offset%8 == 0) != (r.audit&littleEndian != 0)
		if s.high && r.table.Bits() == 32 {
			*s = state{at: s.at} // registers have no more
		}
	}
	return nil
}

// after is the state behind a jump.
func (s state) after(i Instruction, yes bool) state {
	s.at += 1 + int(i.Jf)
	if yes {
		s.at += int(i.Jt) - int(i.Jf)
	}
	return s
}
