package hook

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// highest is a number above all that the tables have: calls that a kernel may get later are asked for too.
const highest = 700

// x32Bit marks the numbers of x32, whose calls otherwise look like those of x86_64.
const x32Bit = 0x40000000

// compare reports a call that the configuration denies and the loaded programs permit. It asks for every call of every ABI of
// the filter, with the values that the filter's conditions name and with those beside them.
func compare(filter *specs.LinuxSeccomp, programs []bpf.Program) error {
	switch {
	case filter == nil:
		return nil
	case len(programs) == 0:
		return errors.New("the configuration has a filter, and the kernel has loaded none")
	}
	native, _ := syscalls.Native(runtime.GOARCH)
	meaning, _, err := algebra.Read(filter, algebra.Env{Native: native})
	if err != nil {
		return err
	}
	for _, arch := range meaning.Architectures() {
		if err := compareABI(filter, meaning, arch, programs); err != nil {
			return err
		}
	}
	return nil
}

func compareABI(filter *specs.LinuxSeccomp, meaning algebra.Meaning, arch specs.Arch, programs []bpf.Program) error {
	audit, ok := bpf.AuditArch(arch)
	table, known := syscalls.Table(arch)
	if !ok || !known {
		return nil
	}
	for nr := range uint32(highest) {
		number := nr
		if arch == specs.ArchX32 {
			number |= x32Bit
		}
		name, named := table.Name(int(number))
		for _, args := range arguments(filter, name) {
			if table.Bits() == 32 {
				for i := range args {
					args[i] &= 1<<32 - 1
				}
			}
			want := meaning.Evaluate(arch, int(number), args)
			if want.Class() != algebra.Denies {
				continue
			}
			got := strictest(programs, &bpf.Data{Nr: number, Arch: audit, Args: args})
			if got.Class() == algebra.Denies {
				continue
			}
			if !named {
				name = fmt.Sprintf("call %d", number)
			}
			return fmt.Errorf("the kernel answers %s to %s%v on %s, and the configuration says %s", got, name, args, arch, want)
		}
	}
	return nil
}

// strictest is what the kernel makes of the answers of stacked filters.
func strictest(programs []bpf.Program, data *bpf.Data) algebra.Answer {
	best := algebra.Answer{Action: specs.ActAllow}
	for _, p := range programs {
		action, number := bpf.Action(p.Run(data))
		if a := (algebra.Answer{Action: action, Errno: number}); a.Class() < best.Class() {
			best = a
		}
	}
	return best
}

// arguments are those that a call is tried with: none, all bits, and for each condition the value and its neighbours.
func arguments(filter *specs.LinuxSeccomp, name string) [][6]uint64 {
	all := ^uint64(0)
	list := [][6]uint64{{}, {all, all, all, all, all, all}}
	for i := range filter.Syscalls {
		for _, n := range filter.Syscalls[i].Names {
			if n != name || name == "" {
				continue
			}
			for _, c := range filter.Syscalls[i].Args {
				if c.Index > 5 {
					continue
				}
				for _, v := range []uint64{c.Value, c.ValueTwo, c.Value + 1, c.Value - 1, c.ValueTwo | ^c.Value, ^c.Value} {
					var args [6]uint64
					args[c.Index] = v
					list = append(list, args)
				}
			}
		}
	}
	return list
}
