package lower

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

func ptr(n uint) *uint { return &n }

func allow(names ...string) specs.LinuxSyscall {
	return specs.LinuxSyscall{Names: names, Action: specs.ActAllow}
}

func when(s specs.LinuxSyscall, args ...specs.LinuxSeccompArg) specs.LinuxSyscall {
	s.Args = args
	return s
}

func deny(errno uint, names ...string) specs.LinuxSyscall {
	return specs.LinuxSyscall{Names: names, Action: specs.ActErrno, ErrnoRet: ptr(errno)}
}

func cmp(index uint, op specs.LinuxSeccompOperator, value uint64) specs.LinuxSeccompArg {
	return specs.LinuxSeccompArg{Index: index, Op: op, Value: value}
}

func mask(index uint, mask, datum uint64) specs.LinuxSeccompArg {
	return specs.LinuxSeccompArg{Index: index, Op: specs.OpMaskedEqual, Value: mask, ValueTwo: datum}
}

var (
	amd64  = []specs.Arch{specs.ArchX86_64}
	mixed  = []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}
	filter = func(errno uint, arches []specs.Arch, rules ...specs.LinuxSyscall) *specs.LinuxSeccomp {
		return &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, DefaultErrnoRet: ptr(errno), Architectures: arches, Syscalls: rules}
	}
)

// cases are filters that can be spelled out exactly.
var cases = map[string]*specs.LinuxSeccomp{
	"a plain allow list":                    filter(38, mixed, allow("read", "write", "exit_group", "openat2")),
	"another errno than ENOSYS":             filter(13, mixed, allow("read", "write", "exit_group", "openat2")),
	"one equality":                          filter(38, mixed, allow("read"), when(allow("personality"), cmp(0, specs.OpEqualTo, 8))),
	"one inequality":                        filter(38, mixed, when(allow("ioctl"), cmp(1, specs.OpNotEqual, 0x5412))),
	"several equalities":                    filter(38, mixed, when(allow("personality"), cmp(0, specs.OpEqualTo, 0)), when(allow("personality"), cmp(0, specs.OpEqualTo, 8)), when(allow("personality"), cmp(0, specs.OpEqualTo, 0x20008))),
	"a mask":                                filter(38, mixed, when(allow("clone"), mask(0, 0x7e020000, 0))),
	"a mask with a datum outside of it":     filter(38, amd64, when(allow("clone"), mask(0, 0xf0, 0xff))),
	"a range":                               filter(38, mixed, when(allow("ioctl"), cmp(1, specs.OpLessEqual, 77))),
	"ranges of 64 bits":                     filter(38, amd64, when(allow("ioctl"), cmp(1, specs.OpLessThan, 1<<40+5)), when(allow("ioctl"), cmp(1, specs.OpGreaterEqual, 1<<50))),
	"two arguments":                         filter(38, amd64, when(allow("ioctl"), cmp(1, specs.OpEqualTo, 1), cmp(2, specs.OpEqualTo, 2))),
	"two arguments, one of them unequal":    filter(38, amd64, when(allow("ioctl"), cmp(1, specs.OpNotEqual, 1), cmp(2, specs.OpEqualTo, 2))),
	"an argument twice is either":           filter(38, mixed, when(allow("ioctl"), cmp(1, specs.OpEqualTo, 1), cmp(1, specs.OpEqualTo, 2))),
	"conditions that cover everything":      filter(38, mixed, when(deny(22, "mmap"), cmp(0, specs.OpEqualTo, 16), cmp(2, specs.OpEqualTo, 9)), when(allow("mmap"), cmp(2, specs.OpNotEqual, 9)), when(allow("mmap"), cmp(0, specs.OpNotEqual, 16))),
	"an unconditional EPERM drops the rest": filter(38, mixed, when(allow("personality"), cmp(0, specs.OpEqualTo, 0)), deny(1, "personality")),
	"the default again is no rule":          filter(38, mixed, when(allow("personality"), cmp(0, specs.OpEqualTo, 0)), deny(38, "personality")),
	"a conditional EPERM":                   filter(38, mixed, when(deny(1, "personality"), cmp(0, specs.OpEqualTo, 8))),
	"socketcall named":                      filter(38, mixed, when(allow("socket"), cmp(0, specs.OpNotEqual, 40)), allow("socketcall", "connect")),
	"a multiplexed call named alone":        filter(38, mixed, allow("socket", "semop")),
	"TRACE carries a number, too":           {DefaultAction: specs.ActTrace, DefaultErrnoRet: ptr(7), Architectures: amd64, Syscalls: []specs.LinuxSyscall{allow("read")}},
}

// answers evaluates a filter on one call as runtimes read it.
func answers(f *specs.LinuxSeccomp, name string, args [6]uint64) answer {
	fallback := answerOf(specs.LinuxSyscall{Action: f.DefaultAction, ErrnoRet: f.DefaultErrnoRet})
	calls, _ := read(f, fallback)
	c := calls[name]
	if c == nil {
		return fallback
	}
	if c.always != nil {
		return *c.always
	}
	for _, r := range c.rules {
		if !slices.ContainsFunc(r.args, func(a specs.LinuxSeccompArg) bool { return !holds(a, args[a.Index]) }) {
			return r.answer
		}
	}
	return fallback
}

func holds(a specs.LinuxSeccompArg, x uint64) bool {
	switch a.Op {
	case specs.OpEqualTo:
		return x == a.Value
	case specs.OpNotEqual:
		return x != a.Value
	case specs.OpLessThan:
		return x < a.Value
	case specs.OpLessEqual:
		return x <= a.Value
	case specs.OpGreaterThan:
		return x > a.Value
	case specs.OpGreaterEqual:
		return x >= a.Value
	case specs.OpMaskedEqual:
		return x&a.Value == a.ValueTwo&a.Value
	}
	panic("operator " + string(a.Op))
}

// inputs are argument vectors around the values that the rules of a call compare with.
func inputs(f *specs.LinuxSeccomp, name string) [][6]uint64 {
	values := map[uint][]uint64{}
	for _, s := range f.Syscalls {
		if slices.Contains(s.Names, name) {
			for _, a := range s.Args {
				for _, v := range []uint64{a.Value, a.ValueTwo} {
					values[a.Index] = append(values[a.Index], v, v-1, v+1, v^1<<7, v|1<<32, v|1<<63, ^v, 0, 1, 0xffffffff, 1<<32)
				}
			}
		}
	}
	out := [][6]uint64{{}}
	for i, list := range values {
		slices.Sort(list)
		var next [][6]uint64
		for _, in := range out {
			for _, v := range slices.Compact(list) {
				in[i] = v
				next = append(next, in)
			}
		}
		out = next
	}
	return out
}

func TestLoweredAnswersTheSame(t *testing.T) {
	for name, f := range cases {
		t.Run(name, func(t *testing.T) {
			before, _ := json.Marshal(f)
			low, err := DefaultErrno(f, specs.ArchX86_64)
			if err != nil {
				t.Fatal(err)
			}
			if after, _ := json.Marshal(f); string(before) != string(after) {
				t.Fatalf("the argument was changed to %s", after)
			}
			if low.DefaultErrnoRet != nil {
				t.Fatal("it still has a defaultErrnoRet")
			}
			above := (&lowering{abis: must(tables(specs.ArchX86_64, f.Architectures))}).aboveHighest(f)
			for _, arch := range f.Architectures {
				table, _ := syscalls.Table(arch)
				for _, call := range table.Names() {
					for _, in := range inputs(f, call) {
						want := answers(f, call, in)
						if want.action == f.DefaultAction && want.errno == *f.DefaultErrnoRet && above(call) {
							want = answer{specs.ActErrno, enosys}
						}
						if got := answers(low, call, in); got != want {
							t.Fatalf("%s(%#x) answers %v, want %v", call, in, got, want)
						}
					}
				}
			}
			noArgumentTwice(t, low)
		})
	}
}

func noArgumentTwice(t *testing.T, f *specs.LinuxSeccomp) {
	t.Helper()
	for _, s := range f.Syscalls {
		if repeats(s.Args) {
			t.Errorf("rule for %v names an argument twice, which runtimes read as either: %v", s.Names, s.Args)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWhatNeedsNoLoweringStays(t *testing.T) {
	for name, f := range map[string]*specs.LinuxSeccomp{
		"none":          {DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{allow("read")}},
		"EPERM":         {DefaultAction: specs.ActErrno, DefaultErrnoRet: ptr(1), Syscalls: []specs.LinuxSyscall{allow("read")}},
		"ALLOW ignores": {DefaultAction: specs.ActAllow, DefaultErrnoRet: ptr(38), Syscalls: []specs.LinuxSyscall{deny(13, "mkdir")}},
	} {
		t.Run(name, func(t *testing.T) {
			low := must(DefaultErrno(f, specs.ArchX86_64))
			want := *f
			want.DefaultErrnoRet = nil
			a, _ := json.Marshal(low)
			b, _ := json.Marshal(want)
			if string(a) != string(b) {
				t.Errorf("got %s\nwant %s", a, b)
			}
		})
	}
}

func TestNewCallsGetENOSYS(t *testing.T) {
	low := must(DefaultErrno(filter(13, amd64, allow("read", "clone3")), specs.ArchX86_64))
	for call, want := range map[string]uint{"mkdir": 13, "openat2": enosys, "mseal": enosys} {
		if got := answers(low, call, [6]uint64{}); got.errno != want {
			t.Errorf("%s answers errno %d, want %d: clone3 is the newest call that the profile names", call, got.errno, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		f    *specs.LinuxSeccomp
		want string
	}{
		"overlapping actions":      {filter(38, amd64, when(allow("ioctl"), cmp(1, specs.OpEqualTo, 1)), when(deny(22, "ioctl"), mask(1, 1, 1))), "call ioctl: rules with SCMP_ACT_ALLOW and SCMP_ACT_ERRNO overlap"},
		"high words on a 32-bit":   {filter(38, mixed, when(allow("ioctl"), cmp(1, specs.OpEqualTo, 1<<33))), "call ioctl: it compares the high word"},
		"hidden by a multiplexer":  {filter(38, mixed, when(allow("socket"), cmp(0, specs.OpEqualTo, 1))), "call socketcall: a 32-bit ABI"},
		"conditional multiplexer":  {filter(38, mixed, when(allow("socketcall"), cmp(0, specs.OpEqualTo, 1))), "call socketcall: its own rules have conditions"},
		"too many cases":           {filter(38, amd64, when(allow("ioctl"), cmp(1, specs.OpNotEqual, 1), cmp(2, specs.OpNotEqual, 2)), when(allow("ioctl"), cmp(3, specs.OpEqualTo, 3), cmp(4, specs.OpEqualTo, 4))), "separate cases"},
		"an operator of the moon":  {filter(38, amd64, when(allow("ioctl"), cmp(1, "SCMP_CMP_MOON", 1))), `unknown operator "SCMP_CMP_MOON"`},
		"an argument out of range": {filter(38, amd64, when(allow("ioctl"), cmp(6, specs.OpEqualTo, 1))), "argument index 6"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DefaultErrno(c.f, specs.ArchX86_64)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
