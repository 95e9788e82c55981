package algebra_test

import (
	"encoding/json"
	"errors"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
)

func FuzzLattice(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		env, archs := s.env()
		a, b, c := read(t, s.filter(archs), env), read(t, s.filter(archs), env), read(t, s.filter(archs), env)
		meet := func(x, y algebra.Meaning) algebra.Meaning { return must(algebra.Meet(x, y))(t) }
		join := func(x, y algebra.Meaning) algebra.Meaning { return must(algebra.Join(x, y))(t) }
		for _, x := range []algebra.Meaning{a, b} {
			x = x.Restrict(meet(a, b).Architectures()) // an ABI that is not listed is killed with one action
			if v := algebra.Compare(meet(a, b), x); len(v.Looser) > 0 {
				t.Errorf("the meet is looser: %s", v.Looser[0])
			}
			if v := algebra.Compare(join(a, b), x); len(v.Tighter) > 0 {
				t.Errorf("the join is tighter: %s", v.Tighter[0])
			}
		}
		for law, holds := range map[string]bool{
			"meet commutes":      meet(a, b).Equal(meet(b, a)),
			"join commutes":      join(a, b).Equal(join(b, a)),
			"meet associates":    meet(meet(a, b), c).Equal(meet(a, meet(b, c))),
			"join associates":    join(join(a, b), c).Equal(join(a, join(b, c))),
			"meet is idempotent": meet(a, a).Equal(a),
			"join is idempotent": join(a, a).Equal(a),
		} {
			if !holds {
				t.Errorf("not so: %s", law)
			}
		}
	})
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func FuzzCompare(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		env, archs := s.env()
		a, b := read(t, s.filter(archs), env), read(t, s.filter(archs), env)
		c := algebra.Compare(a, b)
		if (c.Verdict == algebra.Equal) != a.Equal(b) {
			t.Errorf("%s, but Equal says %t", c.Verdict, a.Equal(b))
		}
		for _, w := range append(append(c.Tighter, c.Looser...), c.Weaker...) {
			if x, y := a.Evaluate(w.Arch, w.Number, w.Args), b.Evaluate(w.Arch, w.Number, w.Args); x != w.A || y != w.B || x == y {
				t.Errorf("%s evaluates to %s and %s", w, x, y)
			}
		}
		for _, w := range c.Weaker {
			if w.A.Class() == algebra.Denies || w.B.Class() != algebra.Denies {
				t.Errorf("%s is not weaker", w)
			}
		}
	})
}

func FuzzEmit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		env, archs := s.env()
		in := env
		if s.next(2) == 0 {
			in.Vocabulary = nil
		}
		m, err := algebra.Meet(read(t, s.filter(archs), in), read(t, s.filter(archs), in))
		if within(t, err) {
			return
		}
		out, rec, err := algebra.Emit(m, env)
		if within(t, err) {
			return
		}
		shape(t, out)
		r := read(t, out, env)
		c := algebra.Compare(r, m)
		if len(c.Weaker) > 0 {
			t.Errorf("weaker: %s", c.Weaker[0])
		}
		if len(rec.Tighter)+len(rec.Renumbered) == 0 {
			for _, w := range append(c.Tighter, c.Looser...) {
				if w.Name != "" {
					t.Errorf("not on record: %s", w)
				}
			}
		}
		again, _, err := algebra.Emit(m, env)
		if err != nil || text(out) != text(again) {
			t.Error("a second time another filter comes out")
		}
		if _, _, err := algebra.Emit(r, env); err != nil {
			t.Errorf("what was emitted cannot be: %v", err)
		}
		if twice, _, err := algebra.Canonical(again, env); err != nil || exact(rec) && text(twice) != text(out) {
			t.Errorf("its canonical form is another one: %v\n%s\n%s", err, text(out), text(twice))
		}
	})
}

// exact reports whether a filter answers every call of the tables as was asked for.
func exact(rec algebra.Record) bool {
	return len(rec.Tighter)+len(rec.Renumbered)+len(rec.OverBudget)+len(rec.Separated) == 0
}

// within fails the test for every error but one: conditions that are too many to compute with are refused, which is the
// other thing that is promised of them. It reports whether there is nothing to go on with.
func within(t *testing.T, err error) (refused bool) {
	var over *algebra.BudgetError
	if err != nil && !errors.As(err, &over) {
		t.Fatal(err)
	}
	return err != nil
}

func text(f *specs.LinuxSeccomp) string {
	b, _ := json.Marshal(f)
	return string(b)
}

// shape holds what Emit says of the rules that it writes.
func shape(t *testing.T, f *specs.LinuxSeccomp) {
	t.Helper()
	byName := map[string][]specs.LinuxSyscall{}
	for _, s := range f.Syscalls {
		if s.Action == f.DefaultAction && text(&specs.LinuxSeccomp{DefaultErrnoRet: s.ErrnoRet}) == text(&specs.LinuxSeccomp{DefaultErrnoRet: f.DefaultErrnoRet}) {
			t.Errorf("%v answers as the default does", s.Names)
		}
		seen := map[uint]bool{}
		for _, a := range s.Args {
			switch a.Op {
			case specs.OpEqualTo, specs.OpMaskedEqual, specs.OpNotEqual, specs.OpLessThan, specs.OpGreaterEqual:
			default:
				t.Errorf("%v has the conditions %v", s.Names, s.Args)
			}
			if seen[a.Index] {
				t.Errorf("%v has the conditions %v", s.Names, s.Args)
			}
			seen[a.Index] = true
		}
		for _, n := range s.Names {
			for _, other := range byName[n] {
				if overlap(s.Args, other.Args) {
					t.Errorf("two rules of %s hold at once: %v and %v", n, s.Args, other.Args)
				}
			}
			byName[n] = append(byName[n], s)
		}
	}
}

// overlap reports whether two rules may hold at once: on no argument does one say the opposite of the other.
func overlap(a, b []specs.LinuxSeccompArg) bool {
	opposite := map[specs.LinuxSeccompOperator]specs.LinuxSeccompOperator{
		specs.OpLessThan: specs.OpGreaterEqual, specs.OpGreaterEqual: specs.OpLessThan, specs.OpEqualTo: specs.OpNotEqual, specs.OpNotEqual: specs.OpEqualTo,
	}
	for _, x := range a {
		for _, y := range b {
			if x.Index != y.Index {
				continue
			}
			if opposite[x.Op] == y.Op && x.Value == y.Value {
				return false
			}
			mx, vx, isCube := cube(x)
			my, vy, both := cube(y)
			if isCube && both && (vx^vy)&mx&my != 0 {
				return false
			}
		}
	}
	return true
}

func cube(a specs.LinuxSeccompArg) (mask, value uint64, ok bool) {
	switch a.Op {
	case specs.OpEqualTo:
		return ^uint64(0), a.Value, true
	case specs.OpMaskedEqual:
		return a.Value, a.ValueTwo, true
	}
	return 0, 0, false
}
