package algebra_test

import (
	"errors"
	"slices"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

func TestMeetOfDefaultsIsExact(t *testing.T) {
	a := read(t, runtimeDefault(t, workload.EngineContainerd, workload.DefaultCapabilities), node())
	b := read(t, runtimeDefault(t, workload.EngineDocker, workload.DefaultCapabilities), node())
	out, rec, err := algebra.Emit(must(algebra.Meet(a, b))(t), node())
	if err != nil || len(rec.Tighter)+len(rec.Renumbered)+len(rec.OverBudget)+len(rec.Separated) > 0 {
		t.Fatalf("%v %+v", err, rec)
	}
	if c := algebra.Compare(read(t, out, node()), b); c.Verdict != algebra.Equal {
		t.Errorf("Docker's default is the stricter, and the meet is %s: %v %v", c.Verdict, c.Tighter, c.Looser)
	}
}

// TestDenialOfUnknownCallInverts: a floor that denies a call which the runtime's libseccomp does not know.
func TestDenialOfUnknownCallInverts(t *testing.T) {
	meant := node()
	meant.Vocabulary = nil
	m := read(t, filter(allow, rule(deny, "mseal")), meant)
	out, rec, err := algebra.Emit(m, node())
	if err != nil || !rec.Inverted || out.DefaultAction != specs.ActErrno || *out.DefaultErrnoRet != 38 {
		t.Fatalf("%v %+v", err, rec)
	}
	r := read(t, out, node())
	for call, want := range map[string]string{"mseal": "ERRNO(ENOSYS)", "read": "ALLOW", "clone3": "ALLOW"} {
		if got, _ := r.EvaluateName(specs.ArchX86_64, call, [6]uint64{}); got.String() != want {
			t.Errorf("%s answers %s, want %s", call, got, want)
		}
	}
}

// TestSocketcall: on i386 an allowed socket() with a denied family cannot be said, so that the multiplexer is denied.
func TestSocketcall(t *testing.T) {
	f := runtimeDefault(t, workload.EngineContainerd, workload.DefaultCapabilities)
	m := must(algebra.Deny(read(t, f, node()), read(t, &specs.LinuxSeccomp{
		DefaultAction: allow, Architectures: f.Architectures, Syscalls: []specs.LinuxSyscall{rule(deny, "socket", cmp(0, eq, 38))},
	}, node())))(t)
	out, rec, err := algebra.Emit(m, node())
	if err != nil {
		t.Fatal(err)
	}
	r := read(t, out, node())
	for _, c := range []struct {
		arch specs.Arch
		call string
		arg  uint64
		want algebra.Class
	}{
		{specs.ArchX86_64, "socket", 38, algebra.Denies}, {specs.ArchX86_64, "socket", 2, algebra.Permits},
		{specs.ArchX86, "socket", 38, algebra.Denies}, {specs.ArchX86, "socket", 2, algebra.Permits},
		{specs.ArchX86, "socketcall", 1, algebra.Denies},
	} {
		if got, _ := r.EvaluateName(c.arch, c.call, [6]uint64{c.arg}); got.Class() != c.want {
			t.Errorf("%s %s(%d) answers %s", c.arch, c.call, c.arg, got)
		}
	}
	if !slices.ContainsFunc(rec.Tighter, func(w algebra.Witness) bool { return w.Name == "socketcall" }) {
		t.Errorf("socketcall is not on record: %+v", rec)
	}
}

// TestSocketcallOverAnOpenDefault: a denied family of sockets brings a denied socketcall(SYS_SOCKET) on i386, which nothing permits
// again where all else is permitted. The rest of socketcall is no stricter for it.
func TestSocketcallOverAnOpenDefault(t *testing.T) {
	for name, c := range map[string]struct {
		rules []specs.LinuxSyscall
		want  map[uint64]string
	}{
		"one family":          {[]specs.LinuxSyscall{rule(deny, "socket", cmp(0, eq, 38))}, map[uint64]string{1: "ERRNO(EPERM)", 3: "ALLOW", 8: "ALLOW"}},
		"and pairs of it":     {[]specs.LinuxSyscall{rule(deny, "socket", cmp(0, eq, 38)), rule(deny, "socketpair", cmp(0, eq, 38))}, map[uint64]string{1: "ERRNO(EPERM)", 3: "ALLOW", 8: "ERRNO(EPERM)"}},
		"two families":        {[]specs.LinuxSyscall{rule(deny, "socket", cmp(0, eq, 38)), rule(deny, "socket", cmp(0, eq, 40))}, map[uint64]string{1: "ERRNO(EPERM)", 3: "ALLOW"}},
		"a call of it denied": {[]specs.LinuxSyscall{rule(deny, "socket", cmp(0, eq, 38)), rule(deny, "socketcall", cmp(0, eq, 3))}, map[uint64]string{1: "ERRNO(EPERM)", 3: "ERRNO(EPERM)"}},
	} {
		abis := []specs.Arch{specs.ArchX86_64, specs.ArchX86}
		f, opened := filter(allow, c.rules...), filter(allow, rule(deny, "socketcall", cmp(0, eq, 1)), rule(deny, "socketcall", cmp(0, eq, 8)))
		f.Architectures, opened.Architectures = abis, abis
		out, rec, err := algebra.Emit(must(algebra.Open(read(t, f, node()), read(t, opened, node())))(t), node())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r := read(t, out, node())
		for number, want := range c.want {
			if got, _ := r.EvaluateName(specs.ArchX86, "socketcall", [6]uint64{number}); got.String() != want {
				t.Errorf("%s: socketcall(%d) answers %s, want %s", name, number, got, want)
			}
		}
		if got, _ := r.EvaluateName(specs.ArchX86, "socket", [6]uint64{2}); got.Class() != algebra.Permits {
			t.Errorf("%s: socket(2) answers %s", name, got)
		}
		if !slices.ContainsFunc(rec.Tighter, func(w algebra.Witness) bool { return w.Name == "socketcall" }) {
			t.Errorf("%s: it is not on record: %+v", name, rec)
		}
	}
}

func TestFlags(t *testing.T) {
	const log, spec, tsync = specs.LinuxSeccompFlagLog, specs.LinuxSeccompFlagSpecAllow, "SECCOMP_FILTER_FLAG_TSYNC"
	for _, c := range []struct{ a, b, want []specs.LinuxSeccompFlag }{
		{nil, nil, []specs.LinuxSeccompFlag{spec}},
		{nil, []specs.LinuxSeccompFlag{}, []specs.LinuxSeccompFlag{}},
		{[]specs.LinuxSeccompFlag{log, tsync}, nil, []specs.LinuxSeccompFlag{log}},
		{[]specs.LinuxSeccompFlag{specs.LinuxSeccompFlagWaitKillableRecv}, nil, []specs.LinuxSeccompFlag{}},
	} {
		a, b := filter(deny, rule(allow, "read")), filter(deny, rule(allow, "read"))
		a.Flags, b.Flags = c.a, c.b
		out, _, err := algebra.Emit(must(algebra.Meet(read(t, a, node()), read(t, b, node())))(t), node())
		if err != nil || !slices.Equal(out.Flags, c.want) || out.Flags == nil {
			t.Errorf("%v and %v meet to %v (%v)", c.a, c.b, out.Flags, err)
		}
	}
}

func TestOverBudgetIsTighterAndOnRecord(t *testing.T) {
	env := node()
	env.Budget.RulesSeveral = 8
	lt, ge := specs.OpLessThan, specs.OpGreaterEqual
	f := filter(deny, rule(allow, "mmap", cmp(0, lt, 1<<40+12345), cmp(1, lt, 1<<30+54321)), rule(allow, "mmap", cmp(0, ge, 1<<50+777), cmp(1, ge, 1<<20+11)), rule(allow, "openat2"))
	out, rec, err := algebra.Emit(read(t, f, env), env)
	if err != nil || !slices.Equal(rec.OverBudget, []string{"mmap"}) || len(out.Syscalls) > 9 {
		t.Fatalf("%v %+v", err, rec)
	}
	if c := algebra.Compare(read(t, out, env), read(t, f, env)); c.Verdict != algebra.Tighter {
		t.Errorf("it is %s", c.Verdict)
	}
}

// TestOrderedComparisons: where cubes are too many and there is one threshold for an argument, rules compare by order.
func TestOrderedComparisons(t *testing.T) {
	lt, ge, ne := specs.OpLessThan, specs.OpGreaterEqual, specs.OpNotEqual
	a := filter(deny, rule(allow, "mmap", cmp(0, lt, 1<<40+12345)), rule(allow, "kill", cmp(0, ge, 1<<33)))
	b := filter(deny, rule(allow, "mmap", cmp(1, lt, 1<<30+54321), cmp(2, ne, 7)), rule(allow, "kill"))
	out, rec, err := algebra.Emit(must(algebra.Meet(read(t, a, node()), read(t, b, node())))(t), node())
	if err != nil || len(rec.Tighter)+len(rec.OverBudget) > 0 {
		t.Fatalf("%v %+v", err, rec)
	}
	for _, s := range out.Syscalls {
		if s.Names[0] == "mmap" && len(s.Args) != 3 {
			t.Errorf("mmap has %v", s.Args)
		}
	}
	shape(t, out)
}

func TestBudgetOfNodes(t *testing.T) {
	env := node()
	env.Budget.Nodes = 10
	_, _, err := algebra.Read(filter(deny, rule(allow, "clone", cmp(0, eq, 5))), env)
	var over *algebra.BudgetError
	if !errors.As(err, &over) || over.Call != "clone" {
		t.Errorf("got %v", err)
	}
}

func BenchmarkMeetOfDefaults(b *testing.B) {
	x, y := runtimeDefault(b, workload.EngineContainerd, workload.DefaultCapabilities), runtimeDefault(b, workload.EngineDocker, workload.DefaultCapabilities)
	env := node()
	b.ReportAllocs()
	for b.Loop() {
		m, err := algebra.Meet(read(b, x, env), read(b, y, env))
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := algebra.Emit(m, env); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPermittedCallsAreNamedWhateverIsKnown: a runtime that knows more than it was thought to keeps a container's calls.
func TestPermittedCallsAreNamedWhateverIsKnown(t *testing.T) {
	old, _ := syscalls.Vocabulary("2.5.0")
	env := node()
	env.Vocabulary = &old
	meant := node()
	meant.Vocabulary = nil
	m := read(t, runtimeDefault(t, workload.EngineContainerd, workload.DefaultCapabilities), meant)
	out, _, err := algebra.Emit(m, env)
	if err != nil {
		t.Fatal(err)
	}
	if c := algebra.Compare(read(t, out, meant), m); c.Verdict != algebra.Equal {
		t.Errorf("to who knows every name it is %s: %v %v", c.Verdict, c.Tighter, c.Looser)
	}
	if got, _ := read(t, out, env).EvaluateName(specs.ArchX86_64, "cachestat", [6]uint64{}); got.Class() != algebra.Denies {
		t.Errorf("control: a runtime that does not know cachestat answers %s", got)
	}
}
