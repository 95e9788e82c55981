package algebra_test

import (
	"runtime"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// Conditions over the budget are given up bit by bit; what that takes must stay a small part of a request's time, of which
// the memory that is asked for is the measure here.
func TestGivingUpConditionsTakesLittle(t *testing.T) {
	env := algebra.Env{Native: specs.ArchX86_64, Stub: true}
	read := func(action specs.LinuxSeccompAction, rules ...specs.LinuxSyscall) algebra.Meaning {
		m, _, err := algebra.Read(&specs.LinuxSeccomp{DefaultAction: action, Architectures: []specs.Arch{specs.ArchX86}, Syscalls: rules}, env)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	ordered := func(name string, action specs.LinuxSeccompAction) specs.LinuxSyscall {
		return specs.LinuxSyscall{Names: []string{name}, Action: action, Args: []specs.LinuxSeccompArg{
			{Index: 0, Value: 21522, Op: specs.OpNotEqual}, {Index: 1, Value: 4711, Op: specs.OpGreaterThan}, {Index: 2, Value: 21522, Op: specs.OpLessThan},
		}}
	}
	m, err := algebra.Meet(
		read(specs.ActTrap, ordered("accept4", specs.ActLog), ordered("keyctl", specs.ActAllow)),
		read(specs.ActAllow, specs.LinuxSyscall{Names: []string{"accept4", "keyctl"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{
			{Index: 3, Value: 1<<64 - 1, Op: specs.OpLessThan}, {Index: 0, Value: 1<<64 - 1, Op: specs.OpEqualTo},
		}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, rec, err := algebra.Emit(m, env)
	runtime.ReadMemStats(&after)
	switch took := (after.TotalAlloc - before.TotalAlloc) >> 20; {
	case err != nil:
		t.Fatal(err)
	case len(rec.OverBudget) == 0:
		t.Error("the conditions are within the budget")
	case took > 80:
		t.Errorf("it takes %d MiB", took)
	}
}
