package cli

import (
	"fmt"
	"strings"

	"github.com/seccompd/seccompd/internal/difference"
)

func (a applyAnswer) table(t *table) {
	d := a.Difference
	if d.From == "" {
		t.line("nothing was in force before")
	}
	if d.Empty() {
		t.line("nothing changes")
	}
	for _, c := range d.Settings {
		t.row(c.Field, arrow(c))
	}
	rulesTable(t, "rule", d.Rules)
	for _, c := range d.Default {
		t.row("default "+c.Field, arrow(c))
	}
	rulesTable(t, "exception", d.Exceptions)
	for _, p := range d.Profiles {
		t.line("profile %s: %s", p.Key, p.How)
		callsTable(t, p.Calls)
		if p.Problem != "" {
			t.line("  %s", p.Problem)
		}
	}
	if d.Host {
		t.line("this machine changed (kernel, ABIs or runtimes), and filters are computed again")
	}
	switch {
	case a.Applied:
		t.line("in force: %s", a.Snapshot)
	case a.Snapshot != "":
		t.line("still in force: %s", a.Snapshot)
	default:
		t.line("still in force: nothing")
	}
}

func rulesTable(t *table, what string, list []difference.Rule) {
	for _, r := range list {
		switch r.How {
		case difference.Added:
			t.line("%s %q: added at place %d", what, r.Name, r.To)
		case difference.Removed:
			t.line("%s %q: removed from place %d", what, r.Name, r.From)
		case difference.Moved:
			t.line("%s %q: moved from place %d to %d", what, r.Name, r.From, r.To)
		case difference.Changed:
			t.line("%s %q: changed", what, r.Name)
		}
		for _, c := range r.Changes {
			t.row("  "+c.Field, arrow(c))
		}
	}
}

func arrow(c difference.Change) string {
	switch {
	case c.From == "":
		return c.To
	case c.To == "":
		return c.From + " -> (not given)"
	}
	return c.From + " -> " + c.To
}

// callsTable prints what changes between two filters, indented.
func callsTable(t *table, c difference.Calls) {
	lists := []struct {
		word  string
		names []string
	}{
		{"becomes denied", c.Denied},
		{"becomes allowed", c.Allowed},
		{"other errno or action", c.Answered},
		{"ABI opened", words(c.Opened)},
		{"ABI closed", words(c.Closed)},
	}
	for _, l := range lists {
		for i, line := range wrap(l.names, 96) {
			head := ""
			if i == 0 {
				head = fmt.Sprintf("%s (%d):", l.word, len(l.names))
			}
			t.line("  %-29s %s", head, line)
		}
	}
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

// wrap joins names with blanks into lines of about a width.
func wrap(names []string, width int) []string {
	var out []string
	var line strings.Builder
	for _, n := range names {
		if line.Len() > 0 && line.Len()+1+len(n) > width {
			out = append(out, line.String())
			line.Reset()
		}
		if line.Len() > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(n)
	}
	if line.Len() > 0 {
		out = append(out, line.String())
	}
	return out
}
