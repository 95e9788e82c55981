// Package bpf is about seccomp filters as the kernel holds them: programs of classic BPF over struct seccomp_data. It decodes,
// runs and prints them, fetches those of a process, loads one, and goes both ways between a program and what it means in
// package algebra: Compile and Meaning.
//
// golang.org/x/net/bpf has a machine for packets, which reads bytes in network order and knows instructions that seccomp
// refuses; this one is the subset of kernel/seccomp.c (seccomp_check_filter, Linux 6.18), and is held against the kernel by
// its tests.
package bpf

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"
)

// Instruction is a struct sock_filter.
type Instruction struct {
	Code   uint16
	Jt, Jf uint8
	K      uint32
}

// Program is a filter. Check says whether it is one that the kernel takes; Run wants such a one.
type Program []Instruction

// size is that of a struct sock_filter.
const size = 8

// Decode reads the bytes that seccomp_export_bpf(3) writes, which are in the byte order of the machine that wrote them.
func Decode(text []byte, order binary.ByteOrder) (Program, error) {
	if len(text)%size != 0 {
		return nil, fmt.Errorf("decode filter: %d bytes are not a multiple of %d", len(text), size)
	}
	p := make(Program, 0, len(text)/size)
	for ; len(text) > 0; text = text[size:] {
		p = append(p, Instruction{Code: order.Uint16(text), Jt: text[2], Jf: text[3], K: order.Uint32(text[4:])})
	}
	return p, p.Check()
}

// Encode is the reverse of Decode.
func (p Program) Encode(order binary.ByteOrder) []byte {
	out := make([]byte, 0, len(p)*size)
	for _, i := range p {
		var b [size]byte
		order.PutUint16(b[:], i.Code)
		b[2], b[3] = i.Jt, i.Jf
		order.PutUint32(b[4:], i.K)
		out = append(out, b[:]...)
	}
	return out
}

// FromRaw converts what golang.org/x/net/bpf assembles.
func FromRaw(list []bpf.RawInstruction) (Program, error) {
	p := make(Program, len(list))
	for i, r := range list {
		p[i] = Instruction{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return p, p.Check()
}

// The parts of an instruction's code, of include/uapi/linux/bpf_common.h and filter.h.
const (
	ld, ldx, st, stx, alu, jmp, ret, misc = 0, 1, 2, 3, 4, 5, 6, 7

	imm, abs, mem, length = 0x00, 0x20, 0x60, 0x80

	add, sub, mul, div, or, and, lsh, rsh, neg, xor = 0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0xa0

	ja, jeq, jgt, jge, jset = 0x00, 0x10, 0x20, 0x30, 0x40

	srcX = 0x08
	retA = 0x10
	tax  = 0x00
	txa  = 0x80
)

// maxInstructions is BPF_MAXINSNS, memory BPF_MEMWORDS.
const (
	maxInstructions = 4096
	memory          = 16
)

// dataSize is that of struct seccomp_data.
const dataSize = 64

// Check returns an error that names the first instruction for which the kernel would refuse the program with EINVAL.
func (p Program) Check() error {
	if len(p) == 0 || len(p) > maxInstructions {
		return fmt.Errorf("check filter: %d instructions, want 1 to %d", len(p), maxInstructions)
	}
	for at, i := range p {
		if !i.valid() || !i.staysIn(at, len(p)) {
			return fmt.Errorf("check filter: instruction %d is not one of seccomp's: %s", at, i)
		}
	}
	if p[len(p)-1].Code&7 != ret {
		return fmt.Errorf("check filter: the last instruction is not a return")
	}
	return nil
}

func (i Instruction) valid() bool {
	switch i.Code & 7 {
	case ld, ldx:
		switch i.Code &^ 7 {
		case imm, length:
			return true
		case abs:
			return i.Code&7 == ld && i.K < dataSize && i.K%4 == 0
		case mem:
			return i.K < memory
		}
		return false
	case st, stx:
		return i.Code&^7 == 0 && i.K < memory
	case alu:
		op := i.Code & 0xf0
		constant := i.Code&srcX == 0
		switch {
		case i.Code>>8 != 0 || op > xor || op == 0x90 || op == neg && !constant:
			return false
		case constant && op == div:
			return i.K != 0
		case constant && (op == lsh || op == rsh):
			return i.K < 32
		}
		return true
	case jmp:
		op := i.Code & 0xf0
		return i.Code>>8 == 0 && op <= jset && (op != ja || i.Code&srcX == 0)
	case ret:
		return i.Code == ret || i.Code == ret|retA
	}
	return i.Code == misc|tax || i.Code == misc|txa
}

// staysIn reports whether a jump ends within the program.
func (i Instruction) staysIn(at, end int) bool {
	if i.Code&7 != jmp {
		return true
	}
	if i.Code&0xf0 == ja {
		return uint64(at)+1+uint64(i.K) < uint64(end)
	}
	return at+1+max(int(i.Jt), int(i.Jf)) < end
}
