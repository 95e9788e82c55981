package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// pair is two filters for one machine.
type pair struct {
	name string
	machine
	a, b *specs.LinuxSeccomp
}

// result counts what was found.
type result struct {
	pairs, calls                              int
	weaker, tighter, misread                  int
	excused, renumbered                       int // tighter, or with a denial of less weight, and on record
	recorded, overBudget, separated, inverted int // pairs
	failed                                    int // could not be met or compiled
	rules                                     int
	slowest                                   time.Duration // compilation
	first                                     []string      // what was found first, once for a pair
	noted                                     string
}

func (r *result) note(format string, args ...any) {
	pair := fmt.Sprint(args[0])
	if len(r.first) < 15 && r.noted != pair {
		r.noted = pair
		r.first = append(r.first, fmt.Sprintf(format, args...))
	}
}

// prove meets a pair and judges what libseccomp makes of it.
func (r *result) prove(p pair, random *rand.Rand) {
	out, rec, read, err := met(p)
	if err != nil {
		r.pairs++
		r.failed++
		r.note("%s: %v", p.name, err)
		return
	}
	start := time.Now()
	program, err := p.compile(out)
	if err != nil {
		r.pairs++
		r.failed++
		r.note("%s: compile: %v", p.name, err)
		return
	}
	r.slowest = max(r.slowest, time.Since(start))
	r.hold(p, out, loaded{program, rec, read}, random)
}

// loaded is a filter as the kernel runs it: its program, how it differs from what was asked for, and how the algebra reads it.
type loaded struct {
	program bpf.Program
	rec     algebra.Record
	read    algebra.Meaning
}

// hold judges a filter that was loaded.
func (r *result) hold(p pair, out *specs.LinuxSeccomp, l loaded, random *rand.Rand) {
	rec := l.rec
	r.pairs++
	r.rules += len(out.Syscalls)
	if len(rec.Separated) > 0 {
		r.separated++
	}
	if len(rec.OverBudget) > 0 {
		r.overBudget++
	}
	if len(rec.Tighter) > 0 {
		r.recorded++
	}
	if rec.Inverted {
		r.inverted++
	}
	w := words{}
	w.add(p.a)
	w.add(p.b)
	if p.nri && out.DefaultErrnoRet != nil {
		r.failed++
		r.note("%s: the default has an errno, which is lost on the way", p.name)
	}
	for _, abi := range p.abis {
		r.judge(p, abi, out, l, w, random)
	}
}

// met is what is proved: the path that a filter takes to a runtime.
func met(p pair) (*specs.LinuxSeccomp, algebra.Record, algebra.Meaning, error) {
	env := algebra.Env{Native: p.native, Stub: !p.crun, Vocabulary: &p.vocab, NoDefaultErrno: p.nri}
	in := env
	if p.lenient {
		in.Vocabulary = nil
	}
	a, _, err := algebra.Read(p.a, in)
	if err != nil {
		return nil, algebra.Record{}, a, err
	}
	b, _, err := algebra.Read(p.b, in)
	if err != nil {
		return nil, algebra.Record{}, a, err
	}
	m, err := algebra.Meet(a, b)
	if err != nil {
		return nil, algebra.Record{}, m, err
	}
	out, rec, err := algebra.Emit(m, env)
	if err != nil {
		return nil, rec, m, err
	}
	read, _, err := algebra.Read(out, env)
	return out, rec, read, err
}

func (r *result) judge(p pair, abi specs.Arch, out *specs.LinuxSeccomp, l loaded, w words, random *rand.Rand) {
	a, b := p.read(p.a, abi), p.read(p.b, abi)
	loaded := p.machine
	loaded.lenient = false
	o := loaded.read(out, abi)
	table, _ := syscalls.Table(abi)
	d := bpf.Data{}
	d.Arch, _ = bpf.AuditArch(abi)
	for _, nr := range numbers(abi) {
		name, named := table.Name(nr)
		tighter, renumbered := onRecord(l.rec.Tighter, abi, nr), onRecord(l.rec.Renumbered, abi, nr)
		for _, args := range w.vectors(name, random) {
			r.calls++
			want := strictest(a.evaluate(nr, args), b.evaluate(nr, args))
			if a.killed || b.killed {
				want.action = specs.ActKillThread // architectures meet by intersection, and libseccomp kills so
			}
			d.Nr, d.Args = uint32(nr), args
			got := o.stub(nr, returned(l.program.Run(&d)))
			if (name == "socketcall" || name == "ipc") && junk(args) && table.Bits() == 64 && got.denies() {
				r.excused++ // libseccomp compares all 64 bits of what it translates: docs/algebra.md
				continue
			}
			if meant := l.read.Evaluate(abi, nr, args); named && (verdict{meant.Action, meant.Errno}) != got {
				r.misread++
				r.note("%s: %s %s%x: read as %s, the program answers %s", p.name, abi, name, args, meant, got)
			}
			switch c := got.compare(want); {
			case c == 0:
			case (c > 0 && got.denies() && want.denies() || got.action == want.action) && (renumbered || !named):
				r.renumbered++
			case c > 0:
				r.weaker++
				r.note("%s: %s %s(%d)%x: weaker: %s, want %s", p.name, abi, name, nr, args, got, want)
			case tighter || !named && got.denies() == want.denies():
				r.excused++
			default:
				r.tighter++
				r.note("%s: %s %s(%d)%x: tighter: %s, want %s", p.name, abi, name, nr, args, got, want)
			}
		}
	}
}

// onRecord reports whether a list of calls has a number of an ABI. One that has no name stands for all that have none.
func onRecord(list []algebra.Witness, abi specs.Arch, nr int) bool {
	table, _ := syscalls.Table(abi)
	_, named := table.Name(nr)
	return slices.ContainsFunc(list, func(w algebra.Witness) bool { return w.Arch == abi && (w.Number == nr || !named && w.Name == "") })
}

// junk reports whether an argument has high bits.
func junk(args [6]uint64) bool {
	return slices.ContainsFunc(args[:], func(a uint64) bool { return a>>32 != 0 })
}

// stub puts what runc answers before the program in front of what the program answered.
func (r *reading) stub(nr int, v verdict) verdict {
	if !r.killed && r.highest > 0 && (nr > r.highest || nr == 0 && r.abi == specs.ArchS390X) {
		return verdict{specs.ActErrno, errENOSYS}
	}
	return v
}
