//go:build cgo && linux && amd64

package bpf_test

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	libseccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// library has libseccomp compile a filter, as a binary tree, which runc asks for, or as a list, as crun leaves it.
func library(tb testing.TB, f *specs.LinuxSeccomp, tree bool) bpf.Program {
	tb.Helper()
	action := func(a specs.LinuxSeccompAction, errno *uint) libseccomp.ScmpAction {
		n := int16(1)
		if errno != nil {
			n = int16(*errno)
		}
		switch a {
		case specs.ActAllow:
			return libseccomp.ActAllow
		case specs.ActErrno:
			return libseccomp.ActErrno.SetReturnCode(n)
		case specs.ActLog:
			return libseccomp.ActLog
		}
		return libseccomp.ActInvalid
	}
	fallback := action(f.DefaultAction, f.DefaultErrnoRet)
	filter, err := libseccomp.NewFilter(fallback)
	if err != nil {
		tb.Fatal(err)
	}
	defer filter.Release()
	for _, a := range f.Architectures {
		err = errors.Join(err, filter.AddArch(map[specs.Arch]libseccomp.ScmpArch{
			specs.ArchX86_64: libseccomp.ArchAMD64, specs.ArchX86: libseccomp.ArchX86, specs.ArchX32: libseccomp.ArchX32,
		}[a]))
	}
	if tree {
		err = errors.Join(err, filter.SetOptimize(2))
	}
	operators := map[specs.LinuxSeccompOperator]libseccomp.ScmpCompareOp{
		specs.OpEqualTo: libseccomp.CompareEqual, specs.OpNotEqual: libseccomp.CompareNotEqual, specs.OpMaskedEqual: libseccomp.CompareMaskedEqual,
		specs.OpLessThan: libseccomp.CompareLess, specs.OpGreaterThan: libseccomp.CompareGreater,
		specs.OpLessEqual: libseccomp.CompareLessOrEqual, specs.OpGreaterEqual: libseccomp.CompareGreaterEqual,
	}
	for _, s := range f.Syscalls {
		for _, name := range s.Names {
			nr, unknown := libseccomp.GetSyscallFromName(name)
			if unknown != nil || action(s.Action, s.ErrnoRet) == fallback {
				continue
			}
			var list []libseccomp.ScmpCondition
			for _, a := range s.Args {
				c, bad := libseccomp.MakeCondition(a.Index, operators[a.Op], a.Value, a.ValueTwo)
				err = errors.Join(err, bad)
				list = append(list, c)
			}
			if len(list) == 0 {
				err = errors.Join(err, filter.AddRule(nr, action(s.Action, s.ErrnoRet)))
			} else {
				err = errors.Join(err, filter.AddRuleConditional(nr, action(s.Action, s.ErrnoRet), list))
			}
		}
	}
	if err != nil {
		tb.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- errors.Join(filter.ExportBPF(w), w.Close()) }()
	text, err := io.ReadAll(r)
	if err := errors.Join(err, <-written); err != nil {
		tb.Fatal(err)
	}
	p, err := bpf.Decode(text, binary.LittleEndian)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// defaults are the runtime defaults for all three ABIs, and what the linked libseccomp knows.
func defaults(tb testing.TB) (map[string]*specs.LinuxSeccomp, algebra.Env) {
	tb.Helper()
	out := map[string]*specs.LinuxSeccomp{}
	facts := host.Assume("amd64")
	for _, engine := range []workload.Engine{workload.EngineContainerd, workload.EngineDocker} {
		f, err := profile.RuntimeDefault(engine).Resolve(profile.Target{Facts: facts, Capabilities: workload.DefaultCapabilities})
		if err != nil {
			tb.Fatal(err)
		}
		out[string(engine)] = f
	}
	var known syscalls.Vocab
	var more []string
	for _, name := range known.Lacks() {
		if _, err := libseccomp.GetSyscallFromName(name); err == nil {
			more = append(more, name)
		}
	}
	v, _ := syscalls.Vocabulary("2.5.0")
	v = v.With(more...)
	return out, algebra.Env{Native: facts.Native, Vocabulary: &v}
}

// TestMeaningOfLibseccomp reads what libseccomp makes of the runtime defaults, and finds the rules in it.
func TestMeaningOfLibseccomp(t *testing.T) {
	list, env := defaults(t)
	for name, f := range list {
		rules, _, err := algebra.Read(f, env)
		if err != nil {
			t.Fatal(err)
		}
		for _, tree := range []bool{true, false} {
			p := library(t, f, tree)
			agree(t, p, meaning(t, p), 5)
			held, err := bpf.Meaning([]bpf.Program{p}, bpf.Cut)
			if err != nil {
				t.Fatal(err)
			}
			if c := algebra.Compare(held, rules); c.Verdict != algebra.Equal {
				t.Errorf("%s (tree %t, %d instructions) is %s: %s", name, tree, len(p), c.Verdict, append(c.Tighter, c.Looser...)[0])
			}
			// The rules permit some values of socket's domain, in 64 bits, of which the kernel takes 32.
			if c := algebra.Compare(meaning(t, p), rules); c.Verdict != algebra.Tighter {
				t.Errorf("%s: with junk above a domain it is %s", name, c.Verdict)
			}
			fits(t, p, rules)
		}
	}
}

// fits holds the length of our program to that of libseccomp's.
func fits(t *testing.T, theirs bpf.Program, m algebra.Meaning) {
	t.Helper()
	if ours := compile(t, m); len(ours) > len(theirs) {
		t.Errorf("%d instructions, and libseccomp needs %d", len(ours), len(theirs))
	}
}

func BenchmarkMeaningOfLibseccomp(b *testing.B) {
	list, _ := defaults(b)
	for name, tree := range map[string]bool{"tree": true, "list": false} {
		p := library(b, list["containerd"], tree)
		b.Run(name, func(b *testing.B) {
			b.ReportMetric(float64(len(p)), "instructions")
			for b.Loop() {
				meaning(b, p)
			}
		})
	}
}
