//go:build cgo && linux && amd64

package lower

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	libseccomp "github.com/seccomp/libseccomp-golang"
	"golang.org/x/net/bpf"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// The judge here is the library that runtimes load filters with: the filter before and the one after are compiled by it
// in the way that runc does, and both programs are run on every call that it knows.
func TestLibseccompCompilesBothToTheSame(t *testing.T) {
	for name, f := range cases {
		t.Run(name, func(t *testing.T) {
			low, err := DefaultErrno(f, specs.ArchX86_64)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, f, low)
		})
	}
}

// TestRandomFilters holds lowered filters against the rules of the original as they are meant, since libseccomp 2.5
// miscompiles some originals.
func TestRandomFilters(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	lowered := 0
	for range 300 {
		f := random(rng)
		low, err := DefaultErrno(f, specs.ArchX86_64)
		if err != nil {
			continue
		}
		lowered++
		start := time.Now()
		program := compile(t, low)
		if d := time.Since(start); d > time.Second {
			t.Errorf("%v of %d rules took %v", f.Syscalls, len(low.Syscalls), d)
		}
		for _, arch := range f.Architectures {
			all := inputs(f, "ioctl")
			for range min(len(all), 500) {
				in := all[rng.IntN(len(all))]
				if arch != specs.ArchX86_64 {
					for i := range in {
						in[i] &= 0xffffffff
					}
				}
				table, _ := syscalls.Table(arch)
				nr, _ := table.Number("ioctl")
				want := answers(f, "ioctl", in)
				if got := run(t, program, arch, nr, in); got != returns(want) {
					t.Fatalf("%v\n%s: ioctl(%#x) returns %#x, want %#x", f.Syscalls, arch, in, got, returns(want))
				}
			}
		}
	}
	if lowered < 100 {
		t.Errorf("only %d of 300 filters could be spelled out", lowered)
	}
}

func random(rng *rand.Rand) *specs.LinuxSeccomp {
	ops := []specs.LinuxSeccompOperator{specs.OpEqualTo, specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterThan, specs.OpGreaterEqual, specs.OpMaskedEqual}
	values := []uint64{0, 1, 8, 16, 0x5412, 0x7e020000, 0xffffffff}
	f := filter(38, [][]specs.Arch{amd64, mixed}[rng.IntN(2)])
	for range 1 + rng.IntN(3) {
		rule := allow("ioctl")
		if rng.IntN(8) == 0 {
			rule = deny(22, "ioctl")
		}
		for _, i := range rng.Perm(2)[:1+rng.IntN(5)/4] {
			rule.Args = append(rule.Args, specs.LinuxSeccompArg{
				Index: uint(i), Op: ops[rng.IntN(len(ops))], Value: values[rng.IntN(len(values))], ValueTwo: values[rng.IntN(len(values))],
			})
		}
		f.Syscalls = append(f.Syscalls, rule)
	}
	return f
}

func returns(a answer) uint32 {
	if a.action == specs.ActAllow {
		return 0x7fff0000
	}
	return 0x00050000 | uint32(a.errno)
}

func compare(t *testing.T, f, low *specs.LinuxSeccomp) {
	t.Helper()
	before, after := compile(t, f), compile(t, low)
	above := (&lowering{abis: must(tables(specs.ArchX86_64, f.Architectures))}).aboveHighest(f)
	for _, arch := range f.Architectures {
		table, _ := syscalls.Table(arch)
		for _, call := range table.Names() {
			id, err := libseccomp.GetSyscallFromNameByArch(call, archs[arch])
			if err != nil || id < 0 {
				continue // its version of the library has no name for it
			}
			nr, _ := table.Number(call)
			for _, in := range withCalls(call, inputs(f, call)) {
				if arch == specs.ArchX86 {
					for i := range in {
						in[i] &= 0xffffffff
					}
				}
				want, got := run(t, before, arch, nr, in), run(t, after, arch, nr, in)
				if above(call) && want == fallbackReturn(f) {
					want = 0x00050000 | enosys
				}
				if got != want {
					t.Fatalf("%s: %s(%#x) returns %#x, want %#x", arch, call, in, got, want)
				}
			}
		}
	}
}

// fallbackReturn is what a program returns for the default: SECCOMP_RET_ERRNO or SECCOMP_RET_TRACE with its number.
func fallbackReturn(f *specs.LinuxSeccomp) uint32 {
	if f.DefaultAction == specs.ActTrace {
		return 0x7ff00000 | uint32(*f.DefaultErrnoRet)
	}
	return 0x00050000 | uint32(*f.DefaultErrnoRet)
}

// withCalls adds each call of a multiplexer, and some that do not exist.
func withCalls(name string, in [][6]uint64) [][6]uint64 {
	for _, m := range multiplexers {
		if m.name == name {
			for n := range uint64(32) {
				in = append(in, [6]uint64{n})
			}
		}
	}
	return in
}

var archs = map[specs.Arch]libseccomp.ScmpArch{
	specs.ArchX86_64: libseccomp.ArchAMD64, specs.ArchX86: libseccomp.ArchX86, specs.ArchX32: libseccomp.ArchX32,
}

func action(a answer) libseccomp.ScmpAction {
	switch a.action {
	case specs.ActAllow:
		return libseccomp.ActAllow
	case specs.ActErrno:
		return libseccomp.ActErrno.SetReturnCode(int16(a.errno))
	case specs.ActTrace:
		return libseccomp.ActTrace.SetReturnCode(int16(a.errno))
	}
	panic("action " + string(a.action))
}

var operators = map[specs.LinuxSeccompOperator]libseccomp.ScmpCompareOp{
	specs.OpEqualTo: libseccomp.CompareEqual, specs.OpNotEqual: libseccomp.CompareNotEqual,
	specs.OpLessThan: libseccomp.CompareLess, specs.OpLessEqual: libseccomp.CompareLessOrEqual,
	specs.OpGreaterThan: libseccomp.CompareGreater, specs.OpGreaterEqual: libseccomp.CompareGreaterEqual,
	specs.OpMaskedEqual: libseccomp.CompareMaskedEqual,
}

func compile(t *testing.T, f *specs.LinuxSeccomp) *bpf.VM {
	t.Helper()
	fallback := answerOf(specs.LinuxSyscall{Action: f.DefaultAction, ErrnoRet: f.DefaultErrnoRet})
	filter, err := libseccomp.NewFilter(action(fallback))
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Release()
	for _, a := range f.Architectures {
		if err := filter.AddArch(archs[a]); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range f.Syscalls {
		for _, name := range s.Names {
			if err := add(filter, fallback, name, s); err != nil {
				t.Fatalf("add rule for %s %v: %v", name, s.Args, err)
			}
		}
	}
	return export(t, filter)
}

func add(filter *libseccomp.ScmpFilter, fallback answer, name string, s specs.LinuxSyscall) error {
	a := answerOf(s)
	id, err := libseccomp.GetSyscallFromName(name)
	if err != nil || a == fallback {
		return nil
	}
	if len(s.Args) == 0 {
		return filter.AddRule(id, action(a))
	}
	var conditions []libseccomp.ScmpCondition
	for _, arg := range s.Args {
		operands := []uint64{arg.Value}
		if arg.Op == specs.OpMaskedEqual {
			operands = append(operands, arg.ValueTwo)
		}
		c, err := libseccomp.MakeCondition(arg.Index, operators[arg.Op], operands...)
		if err != nil {
			return err
		}
		conditions = append(conditions, c)
	}
	if !repeats(s.Args) {
		return filter.AddRuleConditional(id, action(a), conditions)
	}
	for _, c := range conditions {
		err = errors.Join(err, filter.AddRuleConditional(id, action(a), []libseccomp.ScmpCondition{c}))
	}
	return err
}

func export(t *testing.T, filter *libseccomp.ScmpFilter) *bpf.VM {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bpf")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := filter.ExportBPF(file); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var program []bpf.Instruction
	for i := 0; i < len(raw); i += 8 {
		program = append(program, bpf.RawInstruction{
			Op: binary.LittleEndian.Uint16(raw[i:]), Jt: raw[i+2], Jf: raw[i+3], K: binary.LittleEndian.Uint32(raw[i+4:]),
		}.Disassemble())
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

// run runs a program on a struct seccomp_data, whose words the virtual machine reads in network order.
func run(t *testing.T, vm *bpf.VM, arch specs.Arch, nr int, args [6]uint64) uint32 {
	t.Helper()
	audit := map[specs.Arch]uint32{specs.ArchX86_64: 0xc000003e, specs.ArchX86: 0x40000003, specs.ArchX32: 0xc000003e}[arch]
	if arch == specs.ArchX32 {
		nr |= 0x40000000
	}
	data := make([]byte, 64)
	binary.BigEndian.PutUint32(data[0:], uint32(nr))
	binary.BigEndian.PutUint32(data[4:], audit)
	for i, a := range args {
		binary.BigEndian.PutUint32(data[16+8*i:], uint32(a))
		binary.BigEndian.PutUint32(data[20+8*i:], uint32(a>>32))
	}
	out, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(out)
}
