package algebra_test

import (
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/workload"
)

// TestDefaultErrnoIsSpelledOut: a runtime default that answers ENOSYS or EACCES, through a door that drops the number.
func TestDefaultErrnoIsSpelledOut(t *testing.T) {
	for _, errno := range []uint{38, 13} {
		for _, stub := range []bool{true, false} {
			f := runtimeDefault(t, workload.EngineContainerd, workload.DefaultCapabilities)
			f.DefaultErrnoRet = ptr(errno)
			env := node()
			env.NoDefaultErrno, env.Stub = true, stub
			m := read(t, f, env)
			out, rec, err := algebra.Emit(m, env)
			if err != nil || out.DefaultErrnoRet != nil {
				t.Fatalf("%v %v", err, out.DefaultErrnoRet)
			}
			for _, c := range []struct {
				call string
				arg  uint64
				want algebra.Answer
			}{
				{"unshare", 0, algebra.Answer{Action: specs.ActErrno, Errno: errno}},
				{"personality", 0, algebra.Answer{Action: specs.ActAllow}},
				{"personality", 7, algebra.Answer{Action: specs.ActErrno, Errno: errno}},
			} {
				if got, _ := read(t, out, env).EvaluateName(specs.ArchX86_64, c.call, [6]uint64{c.arg}); got != c.want {
					t.Errorf("default errno %d: %s(%d) answers %s, want %s", errno, c.call, c.arg, got, c.want)
				}
			}
			for _, w := range append(rec.Tighter, rec.Renumbered...) {
				if w.Arch == env.Native && env.Vocabulary.Knows(w.Arch, w.Name) {
					t.Errorf("default errno %d, stub %t: %s", errno, stub, w)
				}
			}
		}
	}
}

// FuzzSpelledDefault: dropping the default's errno changes numbers only, and what it changes is on record.
func FuzzSpelledDefault(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		env, archs := s.env()
		m := read(t, s.filter(archs), env)
		_, plain, err := algebra.Emit(m, env)
		if within(t, err) {
			return
		}
		// Naming calls of one ABI may lift the stub of another, where then more has to be named.
		exact := len(plain.Tighter)+len(plain.Renumbered) == 0 && len(m.Architectures()) == 1
		env.NoDefaultErrno = true
		out, rec, err := algebra.Emit(m, env)
		if within(t, err) {
			return
		}
		shape(t, out)
		if out.DefaultErrnoRet != nil {
			t.Errorf("the default's errno is %d", *out.DefaultErrnoRet)
		}
		recorded := map[string]bool{}
		for _, w := range append(rec.Tighter, rec.Renumbered...) {
			recorded[string(w.Arch)+w.Name] = true
		}
		c := algebra.Compare(read(t, out, env), m)
		for _, w := range append(c.Tighter, c.Looser...) {
			if w.Name != "" && !recorded[string(w.Arch)+w.Name] {
				t.Errorf("not on record: %s", w)
			}
			if w.A.Class() != w.B.Class() && exact && len(rec.Separated) == 0 && w.Name != "" {
				t.Errorf("tighter because of a number: %s", w)
			}
		}
		again := must(algebra.Meet(read(t, out, env), read(t, out, env)))(t)
		if !again.Equal(read(t, out, env)) {
			t.Error("the result does not meet itself")
		}
	})
}
