package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// exceptionFor returns the narrowest exception that lets a refused workload pass over the rule that refused it, as YAML to
// put under exceptions, and what then decides. It is "" where no rule refused, or the workload has no namespace: names that
// the author of a pod chose alone must not open anything.
func exceptionFor(w *workload.Workload, d policy.Decision, now time.Time) string {
	name := refusing(d)
	namespace, ok := w.Namespace.Value()
	if !ok || name == "" || name == policy.DefaultRule {
		return ""
	}
	match := "namespaces: [" + strconv.Quote(namespace) + "]"
	for _, m := range []struct {
		field string
		value workload.Attr[string]
	}{{"pods", w.Pod}, {"containers", w.Container}} {
		if v, ok := m.value.Value(); ok {
			match += ", " + m.field + ": [" + strconv.Quote(v) + "]"
		}
	}
	lines := []string{
		"- name: " + strconv.Quote("until-fixed-"+w.Container.Or(namespace)),
		"  match: {" + match + "}",
		"  skip: [" + strconv.Quote(name) + "]",
		"  until: " + now.Add(24*time.Hour).UTC().Format(time.RFC3339),
		"  reason: " + strconv.Quote("why this may run, and who fixes it"),
	}
	return strings.Join(lines, "\n") + "\n"
}

// opens says what decides where such an exception is in force.
func (in *asked) opens(w *workload.Workload, d policy.Decision, now time.Time) string {
	p := *in.snap.Policy
	e := policy.Exception{Name: "explain", Skip: []string{refusing(d)}, Until: now.Add(time.Hour)}
	p.Exceptions = append(append([]policy.Exception(nil), p.Exceptions...), e)
	c, err := policy.Compile(&p)
	if err != nil {
		return ""
	}
	next := c.Decide(w, now)
	switch {
	case next.Undecidable:
		return fmt.Sprintf("then rule %q cannot be decided either", next.UndecidableRule)
	case next.Rule < 0:
		return "then the default decides: " + string(next.Action) + profileName(next.Profile)
	}
	return fmt.Sprintf("then rule %q decides: %s%s", next.RuleName, next.Action, profileName(next.Profile))
}

// refusing is the rule that refused a workload, or that could not be decided.
func refusing(d policy.Decision) string {
	if d.Undecidable {
		return d.UndecidableRule
	}
	return d.RuleName
}
