package cli

import (
	"fmt"
	"strings"

	"github.com/seccompd/seccompd/pkg/drift"
)

// driftAnswer is what drift says. docs/schemas/drift.json describes its JSON form.
type driftAnswer struct{ *drift.Report }

func (a *driftAnswer) table(t *table) {
	if len(a.Containers) == 0 {
		t.line("no container runs")
	} else {
		t.row("VERDICT", "CONTAINER", "ENGINE", "ID", "AGE", "RULE", "HELD")
	}
	for i := range a.Containers {
		c := &a.Containers[i]
		t.row(string(c.Verdict), or(c.Name.String(), "-"), or(string(c.Name.Engine), "-"), shortID(c.ID), age(c.Started, a.Time), or(ruleOf(c), "-"), heldText(c))
	}
	for i := range a.Containers {
		details(t, &a.Containers[i])
	}
	t.gap()
	t.line("%s", counts(a.Report))
	for _, n := range a.Notes {
		t.line("note: %s", quoted(n))
	}
}

// details says why a container is not enforced, and of which processes.
func details(t *table, c *drift.Container) {
	if c.Verdict == drift.Enforced && len(c.Notes) == 0 {
		return
	}
	t.gap()
	t.line("%s: %s%s", quoted(title(c.Name, c.ID)), c.Verdict, colon(c.Reason))
	for _, w := range c.Calls {
		t.line("  may call %s%s: has %s, the policy says %s", w.Call, otherABI(w.Arch), w.A, w.B)
	}
	if more := c.CallsCount - len(c.Calls); more > 0 {
		t.line("  and %d calls more", more)
	}
	for _, p := range c.Processes {
		threads := ""
		if p.Threads > 1 {
			threads = fmt.Sprintf(", %d threads", p.Threads)
		}
		if p.Reason == c.Reason {
			p.Reason = "" // it stands above
		}
		t.line("  process %d (%s%s): %s%s", p.PID, quoted(p.Comm), threads, p.Verdict, colon(p.Reason))
	}
	if more := c.ProcessesCount - len(c.Processes); more > 0 {
		t.line("  and %d processes more", more)
	}
	for _, n := range c.Notes {
		t.line("  note: %s", quoted(n))
	}
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + quoted(s)
}

// title names a container, by its id where its engine gives it no name.
func title(n drift.Name, id string) string {
	if s := n.String(); s != "" {
		return s
	}
	return shortID(id)
}

func shortID(id string) string {
	if len(id) == 64 {
		return id[:12]
	}
	return id
}

func ruleOf(c *drift.Container) string {
	if c.Now == nil {
		return ""
	}
	return c.Now.Rule
}

// heldText says how many filters threads have, as in "1 filter" or "0-2 filters", and where that is from.
func heldText(c *drift.Container) string {
	if len(c.Held) == 0 {
		return "-"
	}
	var parts []string
	for _, h := range c.Held {
		switch {
		case h.Mode == "none":
			parts = append(parts, "none")
		case h.Mode == "strict":
			parts = append(parts, "strict mode")
		case h.Filters < 0:
			parts = append(parts, "filters")
		default:
			parts = append(parts, fmt.Sprint(h.Filters))
		}
	}
	return strings.Join(parts, ", ") + " (by " + string(c.Basis) + ")"
}

func counts(r *drift.Report) string {
	var parts []string
	for _, v := range drift.Verdicts() {
		if n := r.Counts[v]; n > 0 || v == drift.Enforced {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	basis := "by their configurations, nothing was stopped"
	switch {
	case r.Kernel:
		basis = fmt.Sprintf("by the kernel, %d threads were stopped", r.Stopped)
	case r.Read > 0:
		basis = "by what the daemon has read, and by their configurations; nothing was stopped"
	}
	return strings.Join(parts, ", ") + " (" + basis + ")"
}
