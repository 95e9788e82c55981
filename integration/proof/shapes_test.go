package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// conditions are those of one rule.
type conditions = []specs.LinuxSeccompArg

// dice makes rules for one call.
type dice struct {
	*rand.Rand
	wide bool
}

// value is small, so that calls have comparisons in common, or any.
func (d dice) value() uint64 {
	v := []uint64{0, 1, 5, 7, 100, 1 << 16, 1 << 31, 1<<32 - 1}[d.IntN(8)]
	if d.IntN(2) == 0 {
		v = uint64(d.Uint32()) >> d.IntN(32)
	}
	if d.wide && d.IntN(3) > 0 {
		v |= []uint64{0, 1, 2, 1<<32 - 1, uint64(d.Uint32())}[d.IntN(5)] << 32
	}
	return v
}

// either returns a comparison and its opposite.
func (d dice) either(arg uint) (x, y specs.LinuxSeccompArg) {
	ops := [][2]specs.LinuxSeccompOperator{{specs.OpLessThan, specs.OpGreaterEqual}, {specs.OpEqualTo, specs.OpNotEqual}}[d.IntN(2)]
	v := d.value()
	x, y = specs.LinuxSeccompArg{Index: arg, Op: ops[0], Value: v}, specs.LinuxSeccompArg{Index: arg, Op: ops[1], Value: v}
	if d.IntN(2) == 0 {
		return y, x
	}
	return x, y
}

// tree returns rules that decide on some arguments from one on. Now and then an argument is left out, and one side ends in a cube.
func (d dice) tree(arg, end uint) []conditions {
	if arg == end || d.IntN(8) == 0 {
		return []conditions{nil}
	}
	if d.IntN(5) == 0 {
		return d.tree(arg+1, end)
	}
	var out []conditions
	add := func(c specs.LinuxSeccompArg) {
		for _, rest := range d.tree(arg+1, end) {
			out = append(out, append(conditions{c}, rest...))
		}
	}
	if d.IntN(5) == 0 {
		mask := d.value() | 1
		add(specs.LinuxSeccompArg{Index: arg, Op: specs.OpMaskedEqual, Value: mask, ValueTwo: d.value() & mask})
		return out
	}
	x, y := d.either(arg)
	add(x)
	add(y)
	return out
}

// shapes are those that pkg/algebra writes where cubes are too many.
var shapes = map[string]func(d dice) []conditions{
	"a tree": func(d dice) []conditions { return d.tree(0, 1+uint(d.IntN(4))) },
	"trees below cubes": func(d dice) []conditions {
		var out []conditions
		base := d.value() &^ 15
		for i := range uint64(2 + d.IntN(6)) {
			for _, rest := range d.tree(1, 3) {
				out = append(out, append(conditions{{Index: 0, Op: specs.OpMaskedEqual, Value: ^uint64(1), ValueTwo: base | 2*i}}, rest...))
			}
		}
		return out
	},
}

// shapeCount is how many filters of a kind there are.
func shapeCount() int {
	if os.Getenv("SECCOMPD_SOAK") != "" {
		return 2000
	}
	return 60
}

// TestShapes has libseccomp compile rules that compare by order, and runs the program: trees of several calls at once, and trees
// below cubes of one, which Emit writes only where no other call compares the same.
func TestShapes(t *testing.T) {
	for name, calls := range map[string]int{"a tree": len(shapedCalls), "trees below cubes": 1} {
		wrongPrograms(t, name, shapeCount(), func(d dice) *specs.LinuxSeccomp { return shaped(shapes[name], calls, d) })
	}
}

// TestShapesOfSeveralCalls has Emit write filters that mean what those shapes do for several calls, of which libseccomp mixes up
// some if they are compiled as they are (docs/algebra.md, "mixes up words").
func TestShapesOfSeveralCalls(t *testing.T) {
	for name, shape := range shapes {
		separated, over := 0, 0
		wrongPrograms(t, name, shapeCount()/4, func(d dice) *specs.LinuxSeccomp {
			vocab := library()
			f, rec, err := algebra.Canonical(shaped(shape, len(shapedCalls), d), algebra.Env{Native: specs.ArchX86_64, Vocabulary: &vocab, Stub: true})
			if budget := (*algebra.BudgetError)(nil); errors.As(err, &budget) {
				over++
				return nil
			}
			if err != nil {
				t.Fatal(err)
			}
			separated += len(rec.Separated)
			return f
		})
		t.Logf("%s: %d calls were made to look at less, %d filters refused as too large", name, separated, over)
	}
}

// wrongPrograms compiles filters with values of either size, for either runtime, and those that are nil not.
func wrongPrograms(t *testing.T, name string, count int, filter func(dice) *specs.LinuxSeccomp) {
	t.Helper()
	for _, wide := range []bool{false, true} {
		wrong := 0
		for i := range count {
			f := filter(dice{rand.New(rand.NewPCG(17, uint64(i))), wide})
			if f != nil && !compiledRight(t, f, i%2 == 0) {
				wrong++
			}
		}
		if wrong > 0 {
			t.Errorf("%s, values over 32 bits: %t: %d of %d filters have a wrong program", name, wide, wrong, count)
		}
	}
}

// shapedCalls have no argument of an int type, so that the words here are the kernel's.
var shapedCalls = []string{"mmap", "mremap", "munmap", "brk", "mlock", "getcwd"}

// shaped makes a filter with rules of a shape for so many calls at most.
func shaped(shape func(d dice) []conditions, calls int, d dice) *specs.LinuxSeccomp {
	f := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.ArchX86_64}}
	for _, name := range shapedCalls[:1+d.IntN(calls)] {
		rules := shape(d)
		d.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
		for _, args := range rules {
			s := specs.LinuxSyscall{Names: []string{name}, Action: specs.ActAllow, Args: args}
			if errno := uint(2 + d.IntN(2)); d.IntN(2) == 0 {
				s.Action, s.ErrnoRet = specs.ActErrno, &errno
			}
			if len(rules) == 1 || d.IntN(6) > 0 { // the others are the default's
				f.Syscalls = append(f.Syscalls, s)
			}
		}
	}
	return f
}

func compiledRight(t *testing.T, f *specs.LinuxSeccomp, crun bool) bool {
	t.Helper()
	m := machine{native: specs.ArchX86_64, abis: f.Architectures, vocab: library(), crun: crun}
	program, err := m.compile(f)
	if err != nil {
		t.Fatalf("%v: %v", f.Syscalls, err)
	}
	o := m.read(f, m.native)
	w := words{}
	w.add(f)
	table, _ := syscalls.Table(m.native)
	random := rand.New(rand.NewPCG(1, 2))
	d := bpf.Data{}
	d.Arch, _ = bpf.AuditArch(m.native)
	for _, name := range shapedCalls {
		nr, _ := table.Number(name)
		for _, args := range w.vectors(name, random) {
			d.Nr, d.Args = uint32(nr), args
			if o.stub(nr, returned(program.Run(&d))) != o.evaluate(nr, args) {
				return false
			}
		}
	}
	return true
}
