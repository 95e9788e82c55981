package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/denial"
)

func (a *denialsAnswer) table(t *table) {
	if len(a.Denials) == 0 {
		since := ""
		if !a.Since.IsZero() {
			since = " since " + a.Since.UTC().Format(time.RFC3339)
		}
		t.line("no denial is on record%s", since)
	} else {
		t.row("LAST", "COUNT", "CONTAINER", "RULE", "CALL", "ACTION", "PROCESS")
	}
	for i := range a.Denials {
		t.row(cells(a.Denials[i])...)
	}
	for i := range a.Suggestions {
		a.Suggestions[i].table(t)
	}
	if len(a.Notes) > 0 {
		t.gap()
	}
	for _, n := range a.Notes {
		t.line("note: %s", n)
	}
}

// cells are a denial as a row of a table.
func cells(d denial.Denial) []string {
	return []string{
		d.Time.UTC().Format(time.RFC3339), fmt.Sprint(d.Count), containerName(d), or(d.Container.Rule, "-"),
		callName(d), strings.TrimPrefix(string(d.Action), "SCMP_ACT_"), processName(d),
	}
}

// containerName names the container of a denial as its engine does.
func containerName(d denial.Denial) string {
	c := d.Container
	switch {
	case d.Folded == denial.FoldContainer:
		return "(several)"
	case c.ID == "":
		return "(not known)"
	}
	var parts []string
	for _, p := range []string{c.Namespace, c.Pod, c.Name} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return c.ID[:min(len(c.ID), 12)]
	}
	return strings.Join(parts, "/")
}

// callName is the call, with its ABI where that is not the usual one of the machine's programs.
func callName(d denial.Denial) string {
	if d.Syscall == "" {
		return "(several)"
	}
	if abi := strings.TrimPrefix(string(d.Arch), "SCMP_ARCH_"); abi == "X86" || abi == "X32" || abi == "ARM" || strings.HasPrefix(abi, "0x") {
		return d.Syscall + " (" + abi + ")"
	}
	return d.Syscall
}

func processName(d denial.Denial) string {
	switch {
	case d.Folded != denial.FoldNone:
		return "(several)"
	case d.Exe == "":
		return d.Comm
	}
	return d.Comm + " (" + d.Exe + ")"
}
