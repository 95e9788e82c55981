package cli

import (
	"fmt"
	"strings"
	"time"
)

func (a *reportAnswer) table(t *table) {
	t.line("%s, since %s", a.Snapshot, a.Since.UTC().Format(time.RFC3339))
	t.row("RULE", "CONTAINERS", "WOULD REFUSE", "WOULD DENY", "ENFORCE NOW")
	for _, r := range a.Rules {
		t.row(r.Rule, fmt.Sprint(r.Containers), fmt.Sprint(r.WouldRefuse), fmt.Sprint(r.WouldDeny), r.Enforce+reason(r.Because))
	}
	for _, r := range a.Rules {
		for i := range r.Workloads {
			r.Workloads[i].table(t, r.Rule)
		}
	}
	t.gap()
	for _, n := range a.NotSeen {
		t.line("not seen: %s", n)
	}
}

func (w *reportWorkload) table(t *table, rule string) {
	t.gap()
	var names []string
	for _, n := range []string{w.Namespace, w.Name, w.Image} {
		if n != "" {
			names = append(names, n)
		}
	}
	pods := ""
	if len(w.Pods) > 0 {
		pods = ", " + plural(len(w.Pods), "pod")
	}
	t.line("%s denies to %s%s:", ruleWords(rule), or(strings.Join(names, " "), "a container of which only the id is known"), pods)
	for _, c := range w.Calls {
		goes := ""
		if c.GoesOn {
			goes = "answered with ENOSYS, on which programs go another way"
		}
		t.row("  "+c.Syscall, fmt.Sprint(c.Count), goes)
	}
	w.Suggested.options(t)
}
