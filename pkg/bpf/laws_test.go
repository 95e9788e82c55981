package bpf_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// seeds adds a corpus that reaches most forms.
func seeds(f *testing.F, length int) {
	f.Add([]byte{})
	r := rand.New(rand.NewPCG(7, 7))
	for range 150 {
		b := make([]byte, length)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f.Add(b)
	}
}

// FuzzCompile: the program of a meaning answers as the meaning does, and reads back as it.
func FuzzCompile(f *testing.F) {
	seeds(f, 160)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		archs := machines[s.next(len(machines))]
		var m algebra.Meaning
		for i := range 1 + s.next(2) {
			next, _, err := algebra.Read(s.filter(archs), environment(archs[0]))
			if err == nil && i > 0 {
				next, err = algebra.Meet(m, next)
			}
			var over *algebra.BudgetError
			if errors.As(err, &over) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m = next
		}
		p, err := bpf.Compile(m)
		if err != nil && strings.Contains(err.Error(), "instructions, want") {
			return // more conditions than the kernel takes
		}
		if err != nil {
			t.Fatal(err)
		}
		around(t, p, m, uint64(len(data)))
		back, err := bpf.Meaning([]bpf.Program{p}, bpf.Exact)
		if err != nil {
			t.Fatal(err)
		}
		if c := algebra.Compare(back, m); c.Verdict != algebra.Equal {
			t.Errorf("read back it is %s: %v", c.Verdict, append(c.Tighter, c.Looser...)[0])
		}
	})
}

// FuzzMeaning: what is read of a program is what it answers, whatever program it is.
func FuzzMeaning(f *testing.F) {
	seeds(f, 400)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		p := s.program()
		if err := p.Check(); err != nil {
			t.Fatalf("%v\n%s", err, p)
		}
		m, err := bpf.Meaning([]bpf.Program{p}, bpf.Exact)
		if err != nil {
			return // it says that it cannot tell
		}
		around(t, p, m, uint64(len(data)))
		if again, err := bpf.Compile(m); err == nil {
			around(t, again, m, uint64(len(data)))
		}
	})
}

// around holds a program to a meaning at the numbers and words around which the meaning changes.
func around(t *testing.T, p bpf.Program, m algebra.Meaning, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	for _, arch := range syscalls.ABIs() {
		audit, _ := bpf.AuditArch(arch)
		table, _ := syscalls.Table(arch)
		list := m.Stretches(arch)
		if list == nil {
			list = []algebra.Stretch{{From: 3}, {From: 1<<30 + 3}}
		}
		for _, s := range list {
			for _, nr := range []uint32{s.From - 1, s.From, s.From + 1, r.Uint32() >> r.IntN(32)} {
				if arch == specs.ArchX86_64 && nr >= 1<<30 || arch == specs.ArchX32 && nr < 1<<30 || nr == ^uint32(0) {
					continue
				}
				for _, args := range words(s.Answers, r) {
					if table.Bits() == 32 {
						for i := range args {
							args[i] &= 1<<32 - 1
						}
					}
					d := bpf.Data{Nr: nr, Arch: audit, Args: args}
					if got, want := answers(p, &d), m.Evaluate(arch, int(nr), args); got != want {
						t.Fatalf("%s #%d %x: the program answers %s, the meaning %s\n%s", arch, nr, args, got, want, p)
					}
				}
			}
		}
	}
}
