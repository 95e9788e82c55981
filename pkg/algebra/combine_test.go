package algebra_test

import (
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
)

func answers(t *testing.T, m algebra.Meaning, call string, arg uint64, want string) {
	t.Helper()
	if got, _ := m.EvaluateName(specs.ArchX86_64, call, [6]uint64{arg}); got.String() != want {
		t.Errorf("%s(%d) answers %s, want %s", call, arg, got, want)
	}
}

func TestDenyTakesDenialsOnly(t *testing.T) {
	floor := read(t, filter(specs.ActLog, rule(deny, "socket", cmp(0, eq, 38))), node())
	m := must(algebra.Deny(read(t, filter(allow, rule(kill, "clone")), node()), floor))(t)
	answers(t, m, "socket", 38, "ERRNO(EPERM)")
	answers(t, m, "socket", 2, "ALLOW")
	answers(t, m, "clone", 0, "KILL_PROCESS")
}

// TestDifferenceTakesAnExceptionOut: what a floor denies, less what an exception opens.
func TestDifferenceTakesAnExceptionOut(t *testing.T) {
	floor := read(t, filter(allow, rule(deny, "socket"), rule(kill, "clone")), node())
	opened := read(t, filter(deny, rule(allow, "socket", cmp(0, eq, 38)), rule(allow, "statx")), node())
	kept := must(algebra.Combine(floor, opened, func(a, b algebra.Answer) algebra.Answer {
		if b.Class() == algebra.Permits {
			return b
		}
		return a
	}))(t)
	answers(t, kept, "socket", 38, "ALLOW")
	answers(t, kept, "socket", 2, "ERRNO(EPERM)")
	answers(t, kept, "clone", 0, "KILL_PROCESS")
	lost := must(algebra.Difference(floor, kept))(t)
	answers(t, lost, "socket", 38, "ERRNO(EPERM)")
	answers(t, lost, "socket", 2, "ALLOW")
	answers(t, lost, "clone", 0, "ALLOW")
}

// TestCombineForAudit logs what enforcing would deny, and denies nothing more than before.
func TestCombineForAudit(t *testing.T) {
	current, enforced := read(t, filter(allow, rule(deny, "clone")), node()), read(t, filter(allow, rule(deny, "clone"), rule(deny, "mkdir")), node())
	m := must(algebra.Combine(current, enforced, func(c, e algebra.Answer) algebra.Answer {
		if c.Class() == algebra.Permits && e.Class() == algebra.Denies {
			return algebra.Answer{Action: specs.ActLog}
		}
		return c
	}))(t)
	answers(t, m, "mkdir", 0, "LOG")
	answers(t, m, "clone", 0, "ERRNO(EPERM)")
	answers(t, m, "read", 0, "ALLOW")
}

func TestCombineRefusesOtherAnswers(t *testing.T) {
	m := read(t, filter(allow, rule(deny, "clone")), node())
	if _, err := algebra.Combine(m, m, func(a, b algebra.Answer) algebra.Answer { return algebra.Answer{Action: "MAYBE"} }); err == nil {
		t.Error("accepted")
	}
}

func TestCompareShowsACall(t *testing.T) {
	a := read(t, filter(allow, rule(deny, "socket", cmp(0, eq, 38))), node())
	b := read(t, filter(allow, rule(deny, "statx")), node())
	c := algebra.Compare(a, b)
	if c.Verdict != algebra.Incomparable || len(c.Weaker) != 1 || c.Weaker[0].Name != "statx" {
		t.Fatalf("%+v", c)
	}
	if got := c.Tighter[0].String(); got != "socket(arg0=38): ERRNO(EPERM), ALLOW" {
		t.Error(got)
	}
}

func TestCanonicalIsOneForm(t *testing.T) {
	a := filter(deny, rule(allow, "read", cmp(1, eq, 1)), rule(allow, "read"), rule(allow, "clone", cmp(0, eq, 1), cmp(0, eq, 2)), rule(allow, "statx"))
	b := filter(deny, rule(allow, "statx"), rule(allow, "clone", cmp(0, eq, 2)), rule(allow, "clone", cmp(0, eq, 1)), rule(allow, "read"))
	x, _, errX := algebra.Canonical(a, node())
	y, _, errY := algebra.Canonical(b, node())
	if errX != nil || errY != nil || text(x) != text(y) {
		t.Errorf("%v %v:\n%s\n%s", errX, errY, text(x), text(y))
	}
}
