package cli

import (
	"fmt"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

func (a showAnswer) table(t *table) {
	t.row("profile", a.Name+" ("+string(a.Dialect)+")")
	t.row("digest", a.Digest)
	t.row("machine", fmt.Sprintf("%s, kernel %s", strings.TrimPrefix(string(a.Native), "SCMP_ARCH_"), a.Kernel))
	t.row("capabilities", capabilitiesText(a.Capabilities))
	t.row("filter", a.FilterDigest)
	filterTable(t, a.Filter)
	t.gap()
	for _, n := range a.Notes {
		t.line("note: %s", n)
	}
	for _, n := range a.Findings {
		t.line("note: %s", n)
	}
}

// filterTable writes a filter.
func filterTable(t *table, f *specs.LinuxSeccomp) {
	f = profile.Canonical(f)
	t.row("default", action(f.DefaultAction, f.DefaultErrnoRet))
	arches := "the native one alone"
	if len(f.Architectures) > 0 {
		arches = strings.Join(words(f.Architectures), " ")
	}
	t.row("architectures", arches)
	if f.Flags != nil {
		t.row("flags", strings.Join(words(f.Flags), " "))
	}
	if f.ListenerPath != "" {
		t.row("listener", f.ListenerPath)
	}
	for _, r := range f.Syscalls {
		if len(r.Args) > 0 || len(r.Names) == 1 {
			continue
		}
		t.gap()
		t.line("%s (%d):", action(r.Action, r.ErrnoRet), len(r.Names))
		for _, line := range wrap(r.Names, 110) {
			t.line("  %s", line)
		}
	}
	t.gap()
	for _, r := range f.Syscalls {
		if len(r.Args) > 0 || len(r.Names) == 1 {
			t.row(strings.Join(r.Names, " "), action(r.Action, r.ErrnoRet), conditions(r.Args))
		}
	}
}

func capabilitiesText(c workload.Capabilities) string {
	more, less := c&^workload.DefaultCapabilities, workload.DefaultCapabilities&^c
	switch {
	case c == 0:
		return "none"
	case c == workload.AllCapabilities:
		return "all"
	case more == 0 && less == 0:
		return "the default ones"
	}
	out := "the default ones"
	for _, n := range more.Names() {
		out += " +" + n
	}
	for _, n := range less.Names() {
		out += " -" + n
	}
	return out
}

// action is "ERRNO(EPERM)", "ALLOW".
func action(a specs.LinuxSeccompAction, errno *uint) string {
	s := strings.TrimPrefix(string(a), "SCMP_ACT_")
	if a != specs.ActErrno && a != specs.ActTrace {
		return s
	}
	n := uint(1)
	if errno != nil {
		n = *errno
	}
	if name := syscalls.ErrnoName(n); a == specs.ActErrno && name != "" {
		return s + "(" + name + ")"
	}
	return fmt.Sprintf("%s(%d)", s, n)
}

var signs = map[specs.LinuxSeccompOperator]string{
	specs.OpEqualTo: "==", specs.OpNotEqual: "!=", specs.OpLessThan: "<", specs.OpLessEqual: "<=", specs.OpGreaterThan: ">", specs.OpGreaterEqual: ">=",
}

func conditions(args []specs.LinuxSeccompArg) string {
	if len(args) == 0 {
		return "always"
	}
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = fmt.Sprintf("arg%d %s %#x", a.Index, signs[a.Op], a.Value)
		if a.Op == specs.OpMaskedEqual {
			parts[i] = fmt.Sprintf("arg%d & %#x == %#x", a.Index, a.Value, a.ValueTwo)
		}
	}
	return "if " + strings.Join(parts, " and ")
}
