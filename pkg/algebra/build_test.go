package algebra_test

import (
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// FuzzAssemble: a meaning is what its stretches are, and a function what its diagram says.
func FuzzAssemble(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		env, archs := s.env()
		m := read(t, s.filter(archs), env)
		parts := map[specs.Arch][]algebra.Stretch{}
		for _, arch := range m.Architectures() {
			parts[arch] = m.Stretches(arch)
			for i, x := range parts[arch] {
				if i > 0 && (x.From <= parts[arch][i-1].From || x.Answers.Equal(parts[arch][i-1].Answers)) {
					t.Errorf("%s: stretch %d is not after another one", arch, i)
				}
				args := [6]uint64{values[s.next(12)], values[s.next(12)], values[s.next(12)]}
				if got, want := follow(x.Answers, args), m.Evaluate(arch, int(x.From), args); got != want || got != x.Answers.Evaluate(args) {
					t.Errorf("%s #%d %x: %s, want %s", arch, x.From, args, got, want)
				}
			}
		}
		again := must(algebra.Assemble(parts))(t)
		if c := algebra.Compare(again, m); c.Verdict != algebra.Equal {
			t.Errorf("assembled it is %s: %v", c.Verdict, append(c.Tighter, c.Looser...)[0])
		}
	})
}

// follow goes through a diagram.
func follow(f algebra.Function, args [6]uint64) algebra.Answer {
	at, decisions, answers := f.Diagram()
	for at >= 0 {
		d := decisions[at]
		if at = d.Zero; args[d.Arg]>>d.Bit&1 != 0 {
			at = d.One
		}
	}
	return answers[^at]
}

func TestComposerTests(t *testing.T) {
	const yes, no = specs.ActAllow, specs.ActKillThread
	for _, c := range []struct {
		test algebra.Test
		arg  uint64
		want specs.LinuxSeccompAction
	}{
		{algebra.Test{Mask: 0xff, Op: algebra.IsEqual, Value: 5}, 0xf05, yes}, {algebra.Test{Mask: 0xff, Op: algebra.IsEqual, Value: 0x105}, 5, no},
		{algebra.Test{Mask: 0xff, Op: algebra.IsGreater, Value: 5}, 5, no}, {algebra.Test{Mask: 0xff, Op: algebra.IsGreater, Value: 5}, 6, yes},
		{algebra.Test{Mask: 0xff, Op: algebra.IsAtLeast, Value: 5}, 5, yes}, {algebra.Test{Mask: 0xf0, Op: algebra.IsAtLeast, Value: 5}, 0xf, no},
		{algebra.Test{Mask: 0xf0, Op: algebra.IsGreater, Value: 5}, 0x10, yes}, {algebra.Test{Mask: 6, Op: algebra.HasAny, Value: 5}, 1, no},
		{algebra.Test{Mask: 6, Op: algebra.HasAny, Value: 5}, 4, yes}, {algebra.Test{High: true, Mask: 1, Op: algebra.IsEqual, Value: 1}, 1 << 32, yes},
		{algebra.Test{High: true, Mask: 1, Op: algebra.IsEqual, Value: 1}, 1, no},
	} {
		var composer algebra.Composer
		allowed := must(composer.Answer(algebra.Answer{Action: yes}))(t)
		killed := must(composer.Answer(algebra.Answer{Action: no}))(t)
		f := must(composer.Done(composer.If(c.test, allowed, killed)))(t)
		if got := f.Evaluate([6]uint64{c.arg}); got.Action != c.want {
			t.Errorf("%+v of %#x: %s, want %s", c.test, c.arg, got, c.want)
		}
	}
	if a, ok := (algebra.Function{}).Constant(); !ok || a.Action != specs.ActKillThread {
		t.Errorf("the zero function is %s", a)
	}
}

func TestComposerWorksWithinBounds(t *testing.T) {
	work := 100
	c := algebra.Composer{Work: &work}
	a := must(c.Answer(algebra.Answer{Action: specs.ActAllow}))(t)
	b := must(c.Answer(algebra.Answer{Action: specs.ActLog}))(t)
	for i := range uint32(20) {
		a = c.If(algebra.Test{Arg: int(i % 6), Mask: ^uint32(0), Value: i}, a, b)
	}
	if _, err := c.Done(a); err == nil {
		t.Error("more steps than there may be")
	}
	if _, err := c.Answer(algebra.Answer{Action: specs.ActErrno, Errno: 5000}); err == nil {
		t.Error("errno 5000")
	}
	all := must(new(algebra.Composer).Done(b))(t)
	var conditional algebra.Composer
	x := must(conditional.Answer(algebra.Answer{Action: specs.ActLog}))(t)
	y := must(conditional.Answer(algebra.Answer{Action: specs.ActAllow}))(t)
	some := must(conditional.Done(conditional.If(algebra.Test{Mask: 1, Value: 1}, x, y)))(t)
	if _, err := algebra.Assemble(map[specs.Arch][]algebra.Stretch{specs.ArchX86_64: {{Answers: all}, {From: 9000, Answers: some}}}); err == nil {
		t.Error("conditions on all numbers above 9000")
	}
}
