package cli

import (
	"fmt"
	"strings"
	"time"
)

func (a *enforceAnswer) table(t *table) {
	if r := a.Audit; r != nil {
		t.line("audited since %s: %s", r.Since.UTC().Format(time.RFC3339), plural(r.Audited, "container"))
		if len(r.Rules) > 0 {
			t.row("  RULE", "WOULD REFUSE", "WOULD INSTALL", "WOULD KEEP")
		}
		for _, rule := range r.Rules {
			t.row("  "+rule.Rule, fmt.Sprint(rule.Refused), fmt.Sprint(rule.Install), fmt.Sprint(rule.Keep))
		}
		for _, example := range r.examples {
			t.line("  %s", example)
		}
		for _, n := range r.NotSeen {
			t.line("  not seen: %s", n)
		}
	}
	if a.Difference != nil {
		for _, c := range a.Difference.Settings {
			t.line("%s: %s", c.Field, arrow(c))
		}
	}
	for _, name := range a.Audited {
		t.line("rule %q stays in audit by its own mode", name)
	}
	if c := a.Containerd; c != nil {
		c.table(t)
	}
	switch {
	case !a.Done:
		t.line("nothing is in force that was not before")
	default:
		t.line("in force: %s, mode %s", a.Snapshot, a.Mode)
	}
	if a.Containerd != nil && a.Containerd.Proven && a.Containerd.Restart {
		t.line("restart containerd: systemctl restart containerd (running containers stay)")
	}
}

func (c *containerdAnswer) table(t *table) {
	t.line("containerd %s", c.Version)
	for line := range strings.Lines(c.Diff) {
		t.line("  %s", strings.TrimRight(line, "\n"))
	}
	for _, n := range c.Notes {
		t.line("  note: %s", n)
	}
	switch {
	case !c.Restart:
		t.line("  its configuration is as it should be")
	case c.Proven:
		t.line("  it reads this: proven by 'containerd config dump'")
	}
}
