package bpf_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
)

func TestMeaningSaysWhatItCannotTell(t *testing.T) {
	end := bpf.Instruction{Code: give, K: 0x7fff0000}
	for name, c := range map[string]struct {
		p   bpf.Program
		why string
	}{
		"the instruction pointer":     {bpf.Program{{Code: loadWord, K: 8}, {Code: ifEqual, K: 1}, end}, "instruction 0 (ld [ip.lo]): it does more"},
		"a sum":                       {bpf.Program{{Code: loadWord}, {Code: 0x04, K: 1}, end}, "instruction 1 (add #0x1): it does more"},
		"a comparison with X":         {bpf.Program{{Code: 0x81}, {Code: 0x1d}, end}, "instruction 0 (ldx len): it does more"},
		"the answer in A":             {bpf.Program{{Code: loadWord, K: 16}, {Code: 0x16}}, "instruction 1 (ret a): it does more"},
		"odd numbers":                 {bpf.Program{{Code: loadWord}, {Code: ifAny, K: 1}, end}, "instruction 1 (jset #0x1, 0, 0): it does more"},
		"an argument of every number": {bpf.Program{{Code: loadWord, K: 16}, {Code: ifEqual, K: 1, Jf: 1}, {Code: give}, end}, "that have no name"},
		"no program":                  {bpf.Program{end, {Code: loadWord}}, "the last instruction is not a return"},
	} {
		if _, err := bpf.Meaning([]bpf.Program{c.p}, bpf.Exact); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}

// TestMeaningIsBounded reads programs that whoever runs in a container could load to keep a reader busy.
func TestMeaningIsBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	bits := bpf.Program{{Code: loadWord}, {Code: ifAtLeast, K: 400, Jf: 1}, {Code: give}}
	for i := range 1000 {
		bits = append(bits, bpf.Instruction{Code: loadWord, K: 16 + 4*uint32(r.IntN(12))}, bpf.Instruction{Code: andValue, K: r.Uint32()},
			bpf.Instruction{Code: ifAtLeast, K: r.Uint32(), Jt: uint8(4 * r.IntN(8)), Jf: uint8(r.IntN(8) * 4)}, bpf.Instruction{Code: give, K: 0x00050000 | uint32(i)})
	}
	for range 33 {
		bits = append(bits, bpf.Instruction{Code: give})
	}
	again := bpf.Program{{Code: loadWord}, {Code: ifAtLeast, K: 400, Jf: 1}, {Code: give}}
	for i := range 800 {
		again = append(again, bpf.Instruction{Code: loadWord, K: 16 + 4*uint32(i%12)}, bpf.Instruction{Code: ifAtLeast, K: r.Uint32(), Jf: 2},
			bpf.Instruction{Code: loadWord}, bpf.Instruction{Code: ifEqual, K: uint32(i) / 2, Jt: uint8(5 * r.IntN(3))}, bpf.Instruction{Code: loadWord})
	}
	for i := range uint32(12) {
		again = append(again, bpf.Instruction{Code: give, K: 0x00050000 | i})
	}
	for name, p := range map[string]bpf.Program{"conditions on all arguments": bits, "numbers and arguments in turn": again} {
		if err := p.Check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m, err := bpf.Meaning([]bpf.Program{p}, bpf.Exact)
		if err == nil {
			around(t, p, m, 9)
		} else if !strings.Contains(err.Error(), "it takes too long to follow") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCutLeavesOutWhatTheKernelDoes: the kernel reads 32 bits of a socket's domain and 64 of clone's flags.
func TestCutLeavesOutWhatTheKernelDoes(t *testing.T) {
	const junk = 7 << 32
	denyIf38 := func(nr uint32) bpf.Program {
		return bpf.Program{
			{Code: loadWord}, {Code: ifEqual, K: nr, Jf: 5},
			{Code: loadWord, K: 20}, {Code: ifEqual, Jf: 3}, {Code: loadWord, K: 16}, {Code: ifEqual, K: 38, Jf: 1},
			{Code: give, K: 0x00050001}, {Code: give, K: 0x7fff0000},
		}
	}
	for _, c := range []struct {
		nr       int
		reading  bpf.Reading
		argument uint64
		want     specs.LinuxSeccompAction
	}{
		{41, bpf.Exact, junk | 38, specs.ActAllow}, {41, bpf.Exact, 38, specs.ActErrno}, {41, bpf.Cut, junk | 38, specs.ActErrno},
		{56, bpf.Exact, junk | 38, specs.ActAllow}, {56, bpf.Cut, junk | 38, specs.ActAllow}, {56, bpf.Cut, 38, specs.ActErrno},
	} {
		m, err := bpf.Meaning([]bpf.Program{denyIf38(uint32(c.nr))}, c.reading)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Evaluate(specs.ArchX86_64, c.nr, [6]uint64{c.argument}); got.Action != c.want {
			t.Errorf("#%d %#x (reading %d): %s, want %s", c.nr, c.argument, c.reading, got, c.want)
		}
	}
	if v := algebra.Compare(meaning(t, denyIf38(41)), meaning(t)).Verdict; v != algebra.Tighter {
		t.Errorf("against no filter it is %s", v)
	}
}
