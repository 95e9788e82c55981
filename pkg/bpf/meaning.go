package bpf

import (
	"errors"
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Reading says how Meaning takes arguments.
type Reading int

const (
	// Exact takes arguments as the filter sees them: a register has 64 bits also where the kernel then uses 32 of them.
	Exact Reading = iota
	// Cut takes arguments without the bits that the kernel does not use, as algebra.Read does with rules. What a filter
	// that compares all 64 bits of an int answers to junk above it is left out.
	Cut
)

// Meaning returns what a stack of filters answers to every call of the ABIs of package syscalls. Without any it allows all.
//
// It is exact for programs that load numbers, architecture and words of arguments, mask and compare them, as libseccomp, runc and
// Compile write them. An error says what else a program does, and that it cannot be told.
func Meaning(stack []Program, reading Reading) (algebra.Meaning, error) {
	if len(stack) == 0 {
		return unfiltered()
	}
	var out algebra.Meaning
	for i, p := range stack {
		m, err := p.meaning(reading)
		if err == nil && i > 0 {
			m, err = algebra.Combine(out, m, stacked)
		}
		if err != nil {
			return algebra.Meaning{}, fmt.Errorf("read filter %d of %d: %w", i+1, len(stack), err)
		}
		out = m
	}
	return out.Restrict(alive(out)), nil
}

// Stacked returns what two stacks come to where the filters of the one were loaded after those of the other.
func Stacked(older, newer algebra.Meaning) (algebra.Meaning, error) {
	out, err := algebra.Combine(older, newer, stacked)
	if err != nil {
		return out, err
	}
	return out.Restrict(alive(out)), nil
}

// alive lists the ABIs of a meaning that it does not kill.
func alive(m algebra.Meaning) []specs.Arch {
	return slices.DeleteFunc(m.Architectures(), func(arch specs.Arch) bool {
		list := m.Stretches(arch)
		a, constant := list[0].Answers.Constant()
		return len(list) == 1 && constant && a.Action == specs.ActKillThread
	})
}

// stacked is the kernel's answer where one filter says x and a newer one y.
func stacked(x, y algebra.Answer) algebra.Answer {
	if rank(y.Action) <= rank(x.Action) {
		return y
	}
	return x
}

// unfiltered allows every call.
func unfiltered() (algebra.Meaning, error) {
	var c algebra.Composer
	all, err := c.Answer(algebra.Answer{Action: specs.ActAllow})
	if err != nil {
		return algebra.Meaning{}, err
	}
	f, err := c.Done(all)
	if err != nil {
		return algebra.Meaning{}, err
	}
	parts := map[specs.Arch][]algebra.Stretch{}
	for _, arch := range syscalls.ABIs() {
		parts[arch] = []algebra.Stretch{{Answers: f}}
	}
	return algebra.Assemble(parts)
}

func (p Program) meaning(reading Reading) (algebra.Meaning, error) {
	if err := p.Check(); err != nil {
		return algebra.Meaning{}, err
	}
	work := maxWork
	parts := map[specs.Arch][]algebra.Stretch{}
	for _, arch := range syscalls.ABIs() {
		r, err := newReader(p, arch, reading, &work)
		if err != nil {
			return algebra.Meaning{}, err
		}
		if parts[arch], err = r.stretches(); err != nil {
			return algebra.Meaning{}, fmt.Errorf("%s: %w", arch, err)
		}
	}
	return algebra.Assemble(parts)
}

// reader reads a program for one ABI.
type reader struct {
	program Program
	table   *syscalls.ABI
	reading Reading
	audit   uint32
	// The numbers of the ABI, where its architecture has two.
	from uint32
	end  uint64
	work *int // how many steps there may yet be
	// known are functions that look at no number, by where they begin.
	known map[state]algebra.Function
}

func newReader(p Program, arch specs.Arch, reading Reading, work *int) (*reader, error) {
	r := &reader{program: p, reading: reading, end: 1 << 32, work: work, known: map[state]algebra.Function{}}
	var ok bool
	if r.audit, ok = AuditArch(arch); !ok {
		return nil, fmt.Errorf("no audit number is known for %s", arch)
	}
	if r.table, ok = syscalls.Table(arch); !ok {
		return nil, fmt.Errorf("no table of system calls for %s", arch)
	}
	switch arch {
	case specs.ArchX86_64:
		r.end = x32Bit
	case specs.ArchX32:
		r.from, r.end = x32Bit, skipped
	default:
	}
	return r, nil
}

var (
	errBeyond = errors.New("it does more than compare words of the call")
	errWork   = errors.New("it takes too long to follow")
)

// maxWork bounds how long following a program may take, whoever wrote it: about a second. What a runtime makes of
// its default takes some thousands.
const maxWork = 1 << 20
