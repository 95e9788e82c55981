package drift

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
)

// one is a program that answers a call of x86-64 in one way, permits its others, and kills those of other ABIs.
func one(call, answer uint32) bpf.Program {
	return bpf.Program{
		{Code: 0x20, K: 4}, {Code: 0x15, Jf: 4, K: 0xc000003e}, // the ABI
		{Code: 0x20}, {Code: 0x35, Jt: 2, K: 0x40000000}, {Code: 0x15, Jt: 2, Jf: 3, K: call}, // the number, but of x32
		{Code: 0x06}, {Code: 0x06}, {Code: 0x06, K: answer}, {Code: 0x06, K: 0x7fff0000},
	}
}

// tangled is a program that looks at the bits of a call's arguments in pairs.
func tangled(call uint32, pairs int) bpf.Program {
	random := rand.New(rand.NewPCG(1, uint64(pairs)))
	var body bpf.Program
	for i := range pairs {
		bit := func(skip uint8) {
			body = append(body, bpf.Instruction{Code: 0x20, K: 16 + 4*random.Uint32N(12)}, bpf.Instruction{Code: 0x45, Jf: skip, K: 1 << random.Uint32N(32)})
		}
		bit(3)
		bit(1)
		body = append(body, bpf.Instruction{Code: 0x06, K: 0x50001 + uint32(i%100)})
	}
	body = append(body, bpf.Instruction{Code: 0x06, K: 0x7fff0000})
	p := bpf.Program{{Code: 0x20, K: 4}, {Code: 0x15, Jt: 1, K: 0xc000003e}, {Code: 0x06, K: 0x7fff0000}, {Code: 0x20}, {Code: 0x15, Jf: uint8(len(body)), K: call}}
	return append(append(p, body...), bpf.Instruction{Code: 0x06, K: 0x7fff0000})
}

// TestBeyond: what a program adds to its filters can only deny more. It is not looked at where the others are strict enough, and
// takes nothing away from them where it cannot be read, or is made to be read for long.
func TestBeyond(t *testing.T) {
	const mincore, chroot = 27, 161
	var (
		all    = bpf.Program{{Code: 0x06, K: 0x7fff0000}}
		strict = one(mincore, 0x50001)
		other  = one(chroot, 0x50001)
		odd    = bpf.Program{{Code: 0x20}, {Code: 0x24, K: 3}, {Code: 0x16}} // three times the number
		long   = tangled(0, 48)
		large  = tangled(0, 24)
	)
	wanted := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"mincore"}, Action: specs.ActErrno}}}
	for name, test := range map[string]struct {
		stack  []bpf.Program
		calls  bool
		failed int
		why    string
	}{
		"strict":                     {stack: []bpf.Program{strict}},
		"strict, odd":                {stack: []bpf.Program{strict, odd}},
		"strict, long":               {stack: []bpf.Program{strict, long}},
		"strict, large":              {stack: []bpf.Program{strict, large}},
		"the engine's own, strict":   {stack: []bpf.Program{all, strict}},
		"all, odd, strict":           {stack: []bpf.Program{all, odd, strict}, failed: 1},
		"all":                        {stack: []bpf.Program{all}, calls: true},
		"all, other":                 {stack: []bpf.Program{all, other}, calls: true},
		"all, odd":                   {stack: []bpf.Program{all, odd}, calls: true, failed: 1, why: "read filter 2 of 2: "},
		"odd alone":                  {stack: []bpf.Program{odd}, failed: 1, why: "read filter 1 of 1: "},
		"all, long":                  {stack: []bpf.Program{all, long}, calls: true, failed: 1, why: "too many decisions"},
		"all, large":                 {stack: []bpf.Program{all, large}, calls: true, failed: 1, why: errLarge.Error()},
		"all, odd again, other, odd": {stack: []bpf.Program{all, odd, other, odd}, calls: true, failed: 1, why: "read filter 4 of 4: "},
	} {
		m := newMeanings()
		key, want, err := m.filter(wanted)
		if err != nil {
			t.Fatal(err)
		}
		beyond := func() ([]algebra.Witness, error) {
			return m.beyond(&holding{stack: test.stack}, func(has string, meaning algebra.Meaning) []algebra.Witness { return m.compare(has, meaning, key, want) })
		}
		m.until = time.Now().Add(time.Hour)
		calls, err := beyond()
		if (len(calls) > 0) != test.calls || (err != nil) != (test.why != "") || err != nil && !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: %d calls, %v", name, len(calls), err)
		}
		if len(m.failed) != test.failed {
			t.Errorf("%s: %d readings failed, want %d: %v", name, len(m.failed), test.failed, m.failed)
		}
		m.until = time.Time{} // what was read is known, and what failed is not tried again
		if again, err := beyond(); (len(again) > 0) != test.calls || (err != nil) != (test.why != "") || errors.Is(err, errLong) {
			t.Errorf("%s, again: %d calls, %v", name, len(again), err)
		}
		m = newMeanings()
		if key, want, err = m.filter(wanted); err != nil {
			t.Fatal(err)
		}
		if _, err := beyond(); !errors.Is(err, errLong) || len(m.failed) > 0 {
			t.Errorf("%s, after the time is over: %v, %v", name, err, m.failed)
		}
	}
}
