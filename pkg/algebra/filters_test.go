package algebra_test

import (
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// node is the environment of most tests: runc with libseccomp 2.5.4 on x86_64.
func node() algebra.Env {
	v, _ := syscalls.Vocabulary("2.5.4")
	return algebra.Env{Native: specs.ArchX86_64, Vocabulary: &v, Stub: true}
}

func ptr(n uint) *uint { return &n }

func rule(action specs.LinuxSeccompAction, name string, args ...specs.LinuxSeccompArg) specs.LinuxSyscall {
	return specs.LinuxSyscall{Names: []string{name}, Action: action, Args: args}
}

func cmp(index uint, op specs.LinuxSeccompOperator, value uint64) specs.LinuxSeccompArg {
	return specs.LinuxSeccompArg{Index: index, Op: op, Value: value}
}

func masked(index uint, mask, datum uint64) specs.LinuxSeccompArg {
	return specs.LinuxSeccompArg{Index: index, Op: specs.OpMaskedEqual, Value: mask, ValueTwo: datum}
}

func filter(action specs.LinuxSeccompAction, rules ...specs.LinuxSyscall) *specs.LinuxSeccomp {
	return &specs.LinuxSeccomp{DefaultAction: action, Syscalls: rules}
}

func read(t testing.TB, f *specs.LinuxSeccomp, env algebra.Env) algebra.Meaning {
	t.Helper()
	m, _, err := algebra.Read(f, env)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func runtimeDefault(t testing.TB, engine workload.Engine, caps workload.Capabilities) *specs.LinuxSeccomp {
	t.Helper()
	facts := host.Facts{GOARCH: "amd64", Native: specs.ArchX86_64, Kernel: host.Version{Major: 6, Minor: 18}}
	f, err := profile.RuntimeDefault(engine).Resolve(profile.Target{Facts: facts, Capabilities: caps})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// source makes filters of a fuzzer's bytes, small and close to each other, so that their rules meet.
type source []byte

func (s *source) next(n int) int {
	if len(*s) == 0 {
		return 0
	}
	b := int((*s)[0])
	*s = (*s)[1:]
	return b % n
}

var (
	machines = [][]specs.Arch{
		{specs.ArchX86_64}, {specs.ArchX86_64, specs.ArchX86, specs.ArchX32}, {specs.ArchAARCH64, specs.ArchARM}, {specs.ArchS390X}, {specs.ArchPPC64LE},
	}
	calls   = []string{"read", "socket", "clone", "semop", "socketcall", "ipc", "mseal", "clone3", "open", "chmod", "personality", "ioctl"}
	actions = []specs.LinuxSeccompAction{
		specs.ActAllow, specs.ActErrno, specs.ActErrno, specs.ActKillProcess, specs.ActKill, specs.ActTrap, specs.ActTrace, specs.ActLog, specs.ActNotify,
	}
	operators = []specs.LinuxSeccompOperator{
		specs.OpEqualTo, specs.OpMaskedEqual, specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterThan, specs.OpGreaterEqual,
	}
	values = []uint64{0, 1, 2, 7, 38, 0x7e020000, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 1, ^uint64(0), ^uint64(99)}
	errnos = []*uint{nil, ptr(1), ptr(38), ptr(13), ptr(0)}
)

func (s *source) filter(archs []specs.Arch) *specs.LinuxSeccomp {
	f := &specs.LinuxSeccomp{DefaultAction: actions[s.next(8)], DefaultErrnoRet: errnos[s.next(5)], Architectures: archs[:1+s.next(len(archs))]}
	for range s.next(6) {
		r := specs.LinuxSyscall{Names: []string{calls[s.next(len(calls))]}, Action: actions[s.next(9)], ErrnoRet: errnos[s.next(5)]}
		for range s.next(3) {
			r.Args = append(r.Args, specs.LinuxSeccompArg{
				Index: uint(s.next(3)), Op: operators[s.next(7)], Value: values[s.next(12)], ValueTwo: values[s.next(12)],
			})
		}
		f.Syscalls = append(f.Syscalls, r)
	}
	return f
}

// env makes an environment.
func (s *source) env() (algebra.Env, []specs.Arch) {
	archs := machines[s.next(len(machines))]
	env := node()
	env.Native = archs[0]
	switch s.next(3) {
	case 0:
		env.Vocabulary = nil
	case 1:
		env.Stub = false
	}
	return env, archs
}

// seeds adds a corpus that reaches most forms.
func seeds(f *testing.F) {
	f.Add([]byte{})
	x := uint32(1)
	for range 60 {
		b := make([]byte, 80)
		for i := range b {
			x = x*1664525 + 1013904223
			b[i] = byte(x >> 24)
		}
		f.Add(b)
	}
}
