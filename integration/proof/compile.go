package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	libseccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompd/seccompd/pkg/bpf"
)

var libArch = map[specs.Arch]libseccomp.ScmpArch{
	specs.ArchX86_64: libseccomp.ArchAMD64, specs.ArchX86: libseccomp.ArchX86, specs.ArchX32: libseccomp.ArchX32,
	specs.ArchAARCH64: libseccomp.ArchARM64, specs.ArchARM: libseccomp.ArchARM, specs.ArchRISCV64: libseccomp.ArchRISCV64,
	specs.ArchPPC64LE: libseccomp.ArchPPC64LE, specs.ArchS390X: libseccomp.ArchS390X,
}

var libOperator = map[specs.LinuxSeccompOperator]libseccomp.ScmpCompareOp{
	specs.OpEqualTo: libseccomp.CompareEqual, specs.OpNotEqual: libseccomp.CompareNotEqual,
	specs.OpLessThan: libseccomp.CompareLess, specs.OpLessEqual: libseccomp.CompareLessOrEqual,
	specs.OpGreaterThan: libseccomp.CompareGreater, specs.OpGreaterEqual: libseccomp.CompareGreaterEqual,
	specs.OpMaskedEqual: libseccomp.CompareMaskedEqual,
}

func libAction(v verdict) libseccomp.ScmpAction {
	switch v.action {
	case specs.ActKillProcess:
		return libseccomp.ActKillProcess
	case specs.ActKillThread:
		return libseccomp.ActKillThread
	case specs.ActTrap:
		return libseccomp.ActTrap
	case specs.ActErrno:
		return libseccomp.ActErrno.SetReturnCode(int16(v.errno))
	case specs.ActNotify:
		return libseccomp.ActNotify
	case specs.ActTrace:
		return libseccomp.ActTrace.SetReturnCode(int16(v.errno))
	case specs.ActLog:
		return libseccomp.ActLog
	case specs.ActAllow:
		return libseccomp.ActAllow
	}
	return libseccomp.ActInvalid
}

// compile has libseccomp make the program of a filter in the way of runc's libcontainer/seccomp (1.5.2) or of crun, which
// differs in that it asks for no binary tree.
func (m machine) compile(f *specs.LinuxSeccomp) (bpf.Program, error) {
	native := m.native
	fallback := verdictOf(f.DefaultAction, f.DefaultErrnoRet)
	filter, err := libseccomp.NewFilter(libAction(fallback))
	if err != nil {
		return nil, err
	}
	defer filter.Release()
	if native != specs.ArchX86_64 {
		if err := filter.RemoveArch(libseccomp.ArchAMD64); err != nil {
			return nil, fmt.Errorf("remove architecture: %w", err)
		}
	}
	for _, a := range append([]specs.Arch{native}, f.Architectures...) {
		if err := filter.AddArch(libArch[a]); err != nil {
			return nil, fmt.Errorf("add architecture %s: %w", a, err)
		}
	}
	entries := 0
	for _, s := range f.Syscalls {
		entries += len(s.Names)
	}
	if entries > 32 && !m.crun {
		if err := filter.SetOptimize(2); err != nil {
			return nil, err
		}
	}
	for _, s := range f.Syscalls {
		for _, name := range s.Names {
			if err := addRule(filter, name, s, fallback); err != nil {
				return nil, fmt.Errorf("add rule for %s %v: %w", name, s.Args, err)
			}
		}
	}
	if native != specs.ArchS390X {
		return export(filter, binary.LittleEndian)
	}
	p, err := export(filter, binary.BigEndian)
	for i := range p {
		p[i] = foreign(p[i])
	}
	return p, err
}

// foreign mends a program for a machine of the other byte order: libseccomp 2.5.4 leaves some returns in its own. No
// filter here returns data with KILL_THREAD, or an action that there is not.
func foreign(i bpf.Instruction) bpf.Instruction {
	if action, _ := bpf.Action(i.K); i.Code == 6 && i.K != 0 && i.K != 0x80000000 && (action == specs.ActKillThread || action == specs.ActKillProcess) {
		i.K = bits.ReverseBytes32(i.K)
	}
	return i
}

func addRule(filter *libseccomp.ScmpFilter, name string, s specs.LinuxSyscall, fallback verdict) error {
	v := verdictOf(s.Action, s.ErrnoRet)
	nr, err := libseccomp.GetSyscallFromName(name)
	if v == fallback || err != nil {
		return nil
	}
	if len(s.Args) == 0 {
		return filter.AddRule(nr, libAction(v))
	}
	var list []libseccomp.ScmpCondition
	for _, a := range s.Args {
		c, err := libseccomp.MakeCondition(a.Index, libOperator[a.Op], a.Value, a.ValueTwo)
		if err != nil {
			return err
		}
		list = append(list, c)
	}
	if !twice(s.Args) {
		return filter.AddRuleConditional(nr, libAction(v), list)
	}
	for _, c := range list {
		err = errors.Join(err, filter.AddRuleConditional(nr, libAction(v), []libseccomp.ScmpCondition{c}))
	}
	return err
}

func export(filter *libseccomp.ScmpFilter, order binary.ByteOrder) (bpf.Program, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	failed := make(chan error, 1)
	go func() {
		failed <- errors.Join(filter.ExportBPF(w), w.Close())
	}()
	text, err := io.ReadAll(r)
	if err := errors.Join(err, <-failed); err != nil {
		return nil, err
	}
	return bpf.Decode(text, order)
}
