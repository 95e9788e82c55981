package algebra_test

import (
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/workload"
)

const (
	allow = specs.ActAllow
	deny  = specs.ActErrno
	kill  = specs.ActKillProcess
	eq    = specs.OpEqualTo
	ne    = specs.OpNotEqual
)

// TestReadAsRuntimesDo has a line for each of the ways in which rules do not mean what they say.
func TestReadAsRuntimesDo(t *testing.T) {
	const junk = 0xdeadbeef << 32
	for name, c := range map[string]struct {
		f    *specs.LinuxSeccomp
		call string
		args [6]uint64
		want string
	}{
		"an unconditional rule shadows later ones":     {filter(deny, rule(allow, "clone"), rule(kill, "clone", cmp(0, eq, 1))), "clone", [6]uint64{1}, "ALLOW"},
		"and deletes earlier ones":                     {filter(deny, rule(kill, "clone", cmp(0, eq, 1)), rule(allow, "clone")), "clone", [6]uint64{1}, "ALLOW"},
		"the first of two stays":                       {filter(deny, rule(allow, "clone"), rule(kill, "clone")), "clone", [6]uint64{}, "ALLOW"},
		"a rule that says the default is none":         {filter(deny, rule(allow, "clone", cmp(0, eq, 1)), rule(deny, "clone")), "clone", [6]uint64{1}, "ALLOW"},
		"an argument twice is either":                  {filter(allow, rule(deny, "clone", cmp(0, ne, 1), cmp(0, ne, 2))), "clone", [6]uint64{1}, "ERRNO(EPERM)"},
		"overlaps are the strictest":                   {filter(allow, rule(deny, "clone", cmp(0, eq, 1)), rule(kill, "clone", cmp(1, eq, 1))), "clone", [6]uint64{1, 1}, "KILL_PROCESS"},
		"bits of the datum outside the mask are none":  {filter(allow, rule(deny, "clone", masked(0, 0xf0, 0x1f))), "clone", [6]uint64{0x15}, "ERRNO(EPERM)"},
		"a mask of 0 shadows":                          {filter(deny, rule(allow, "clone", masked(0, 0, 7)), rule(kill, "clone", cmp(0, eq, 1))), "clone", [6]uint64{1}, "ALLOW"},
		"an int is cut":                                {filter(allow, rule(deny, "socket", cmp(0, eq, 38))), "socket", [6]uint64{junk | 38}, "ERRNO(EPERM)"},
		"a long is not":                                {filter(allow, rule(deny, "clone", cmp(0, eq, 38))), "clone", [6]uint64{junk | 38}, "ALLOW"},
		"a negative int":                               {filter(allow, rule(deny, "openat", cmp(0, eq, ^uint64(99)))), "openat", [6]uint64{0xffffff9c}, "ERRNO(EPERM)"},
		"above the highest number is ENOSYS":           {filter(kill, rule(allow, "statx")), "clone3", [6]uint64{}, "ERRNO(ENOSYS)"},
		"not if the default permits":                   {filter(allow, rule(kill, "statx")), "clone3", [6]uint64{}, "ALLOW"},
		"a filter of read alone has no highest number": {filter(kill, rule(allow, "read")), "clone3", [6]uint64{}, "KILL_PROCESS"},
		"a name that the library lacks is skipped":     {filter(allow, rule(deny, "mseal")), "mseal", [6]uint64{}, "ALLOW"},
	} {
		m := read(t, c.f, node())
		if got, _ := m.EvaluateName(specs.ArchX86_64, c.call, c.args); got.String() != c.want {
			t.Errorf("%s: %s%x answers %s, want %s", name, c.call, c.args, got, c.want)
		}
	}
}

func TestReadOn32Bits(t *testing.T) {
	f := filter(allow, rule(deny, "socket", cmp(0, eq, 38)), rule(deny, "clone", cmp(0, eq, 1<<32+5)), rule(kill, "mmap", masked(0, 1<<40, 1<<40)))
	f.Architectures = []specs.Arch{specs.ArchX86}
	m := read(t, f, node())
	for _, c := range []struct {
		call string
		args [6]uint64
		want string
	}{
		{"socketcall", [6]uint64{1, 0xffff0000}, "ERRNO(EPERM)"}, {"socketcall", [6]uint64{3}, "ALLOW"},
		{"socket", [6]uint64{38}, "ERRNO(EPERM)"}, {"socket", [6]uint64{2}, "ALLOW"},
		{"clone", [6]uint64{5}, "ERRNO(EPERM)"}, {"clone", [6]uint64{6}, "ALLOW"}, {"mmap", [6]uint64{}, "KILL_PROCESS"},
	} {
		if got, _ := m.EvaluateName(specs.ArchX86, c.call, c.args); got.String() != c.want {
			t.Errorf("%s%x answers %s, want %s", c.call, c.args, got, c.want)
		}
	}
	if got := m.Evaluate(specs.ArchARM, 3, [6]uint64{}); got.Action != specs.ActKillThread {
		t.Errorf("an ABI that is not listed answers %s", got)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, f := range map[string]*specs.LinuxSeccomp{
		"no default":     {},
		"no such action": filter("SCMP_ACT_MAYBE"),
		"an errno":       {DefaultAction: deny, DefaultErrnoRet: ptr(4096)},
		"an operator":    filter(deny, rule(allow, "read", specs.LinuxSeccompArg{Op: "SCMP_CMP_LIKE"})),
		"an index":       filter(deny, rule(allow, "read", cmp(6, eq, 1))),
	} {
		if _, _, err := algebra.Read(f, node()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestOverlapsAreReported(t *testing.T) {
	_, overlaps, err := algebra.Read(filter(allow, rule(deny, "clone", cmp(0, eq, 1)), rule(kill, "clone", cmp(1, eq, 2))), node())
	if err != nil || len(overlaps) != 1 || overlaps[0].Call.String() != "clone(arg0=1, arg1=2)" {
		t.Errorf("got %v %v", overlaps, err)
	}
}

func TestDefaultsHaveNoOverlaps(t *testing.T) {
	for _, engine := range []workload.Engine{workload.EngineContainerd, workload.EngineDocker} {
		if _, overlaps, err := algebra.Read(runtimeDefault(t, engine, ^workload.Capabilities(0)), node()); err != nil || len(overlaps) > 0 {
			t.Errorf("%s: %v %v", engine, overlaps, err)
		}
	}
}
