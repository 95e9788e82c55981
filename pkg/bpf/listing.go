package bpf

import (
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Line is an instruction with what its constant stands for.
type Line struct {
	Text string `json:"text"`
	// Comment names the architecture or the system call that is compared with, and is "" elsewhere, or where an instruction
	// is reached for several architectures.
	Comment string `json:"comment,omitempty"`
}

// Listing returns the program in assembly as String does, with comments.
func (p Program) Listing() []Line {
	out := make([]Line, len(p))
	seen := make([]flow, len(p)+1)
	seen[0] = flow{archs: everyArch}
	for at, i := range p {
		out[at].Text = i.text(at)
		f := seen[at]
		switch {
		case i.Code == ld|abs && i.K == offsetNr:
			f.holds = holdsNumber
		case i.Code == ld|abs && i.K == offsetArch:
			f.holds = holdsArch
		case i.Code&7 == ld || i.Code&7 == alu || i.Code == misc|txa:
			f.holds = holdsOther
		}
		if i.Code&7 == ret {
			continue
		}
		if i.Code&7 != jmp {
			seen[at+1].add(f)
			continue
		}
		if i.Code&0xf0 == ja {
			seen[at+1+int(i.K)].add(f)
			continue
		}
		yes, no := f, f
		if i.Code == jmp|jeq && f.holds == holdsArch {
			yes.archs, no.archs = f.archs&archSet(i.K), f.archs&^archSet(i.K)
		}
		out[at].Comment = f.comment(i)
		seen[at+1+int(i.Jt)].add(yes)
		seen[at+1+int(i.Jf)].add(no)
	}
	return out
}

type holds uint8

const (
	holdsOther holds = iota
	holdsNumber
	holdsArch
)

// flow is what is known where an instruction is reached: for which of the ABIs of package syscalls, and what A holds.
type flow struct {
	archs   uint32
	holds   holds
	reached bool
}

const everyArch = ^uint32(0)

// add takes another way to an instruction in.
func (f *flow) add(o flow) {
	if f.reached && f.holds != o.holds {
		o.holds = holdsOther
	}
	f.archs, f.holds, f.reached = f.archs|o.archs, o.holds, true
}

// archSet are the ABIs of an architecture, as bits.
func archSet(audit uint32) uint32 {
	var set uint32
	for i, abi := range syscalls.ABIs() {
		if n, _ := AuditArch(abi); n == audit {
			set |= 1 << i
		}
	}
	return set
}

func (f flow) comment(i Instruction) string {
	var names []string
	for at, abi := range syscalls.ABIs() {
		bit := uint32(1) << at
		short := strings.TrimPrefix(string(abi), "SCMP_ARCH_")
		switch {
		case f.holds == holdsArch && i.Code&0xf0 == jeq && archSet(i.K)&bit != 0:
			names = append(names, short)
		case f.holds == holdsNumber && f.archs&bit != 0 && (abi == specs.ArchX32) == (i.K >= x32Bit && f.archs&archSet(0xc000003e) != 0):
			table, _ := syscalls.Table(abi)
			name, _ := table.Name(int(i.K))
			names = append(names, name)
		}
	}
	switch {
	case f.holds == holdsNumber && (len(names) != 1 || names[0] == ""):
		return ""
	case f.holds == holdsNumber && i.Code&0xf0 == jge:
		return "from " + names[0]
	case f.holds == holdsNumber && i.Code&0xf0 == jgt:
		return "above " + names[0]
	}
	return strings.Join(names, ", ")
}
