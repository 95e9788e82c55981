package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
)

func (a explainAnswer) table(t *table) {
	t.line("policy: %s", strings.TrimSpace(a.Policy+" "+a.Snapshot))
	for _, c := range a.Containers {
		t.gap()
		c.table(t)
	}
}

func (c explained) table(t *table) {
	door := "door " + string(c.Door)
	if c.Together {
		door = "doors nri and runtime"
	}
	if c.Platform != (policy.Platform{}) {
		door += fmt.Sprintf(" on %s", c.Platform)
	}
	t.line("%s, %s", c.Name, door)
	if c.Record != nil {
		recordTable(t, c.Record)
	}
	if c.Record != nil && c.Trace.Decision.Action == "" {
		c.notes(t) // no policy was asked
		return
	}
	for _, r := range c.Trace.Exceptions {
		answerTable(t, "exception", r)
	}
	for _, r := range c.Trace.Rules {
		answerTable(t, "rule", r)
	}
	c.decision(t)
	c.Result.table(t)
	c.notes(t)
	if c.Exception == "" {
		return
	}
	t.line("  to let it pass for a day, put this under exceptions and apply; %s", c.Opens)
	for line := range strings.Lines(c.Exception) {
		t.line("    %s", strings.TrimRight(line, "\n"))
	}
}

func (c explained) notes(t *table) {
	for _, n := range c.Notes {
		t.line("  note: %s", n)
	}
}

func recordTable(t *table, r *audit.Record) {
	t.row("  on record", r.Time.UTC().Format(time.RFC3339)+", "+string(r.Result)+rule(r.Rule))
	if r.Message != "" {
		t.row("  it said", r.Message)
	}
	if r.Would != "" {
		t.row("  enforcing would", r.Would)
	}
}

func rule(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" by rule %q", name)
}

// answerTable says whether a rule matched, and shows the fields that made the answer.
func answerTable(t *table, what string, r policy.RuleAnswer) {
	word := "does not match"
	switch {
	case r.Expired:
		word = "has ended"
	case r.Skipped:
		word = "is passed over by an exception"
	case r.Answer == policy.True:
		word = "matches"
	case r.Answer == policy.Unknown:
		word = fmt.Sprintf("cannot be told: %s is not known", r.Because)
	}
	t.line("  %s %q (line %d): %s", what, r.Name, r.Position.Line, word)
	for _, f := range r.Fields {
		if f.Answer != deciding(r, f) {
			continue
		}
		t.row("    "+string(f.Field), "wants "+f.Want, "sees "+f.Saw)
	}
	t.end()
}

// deciding is the answer of the fields that made a rule's answer. Those of except count the other way.
func deciding(r policy.RuleAnswer, f policy.FieldAnswer) policy.Truth {
	if strings.HasPrefix(string(f.Field), "except.") {
		return r.Answer.Not()
	}
	return r.Answer
}

func (c explained) decision(t *table) {
	d := c.Trace.Decision
	switch {
	case d.Undecidable:
		t.line("  => undecidable: onError says %s", d.Action)
		return
	case d.Rule < 0:
		t.line("  => no rule matches: the default, %s%s", d.Action, profileName(d.Profile))
	default:
		t.line("  => rule %q: %s%s", d.RuleName, d.Action, profileName(d.Profile))
	}
	for _, r := range c.Trace.NotTried {
		t.line("  rule %q (line %d): not tried", r.Name, r.Position.Line)
	}
}

func profileName(ref *policy.ProfileRef) string {
	switch {
	case ref == nil:
		return ""
	case ref.Inline():
		return " with " + ref.Name() + " as changed by the policy"
	}
	return " with " + ref.Name()
}

func (r result) table(t *table) {
	verb := "is"
	if r.Mode == policy.ModeAudit {
		t.line("  audit: nothing of this happens yet; enforcing it,")
		verb = "would be"
	}
	switch {
	case r.Refused:
		t.line("  the container %s refused (%s): %s", verb, r.Reason, r.Message)
		return
	case !r.Confined:
		t.line("  the container %s left without a filter", verb)
	case !r.Replaced:
		t.line("  the container %s left with its own filter %s", verb, r.Digest)
	case r.Profile == enforce.CurrentProfile && r.Floor:
		t.line("  the container %s given what its own filter and the floor permit: %s", verb, r.Digest)
	case r.Profile == enforce.CurrentProfile:
		t.line("  the container %s given its own filter, written for this machine: %s", verb, r.Digest)
	case r.Floor:
		t.line("  the container %s given what %s and the floor permit: %s", verb, r.Profile, r.Digest)
	default:
		t.line("  the container %s given the filter of %s: %s", verb, r.Profile, r.Digest)
	}
	if r.LoosensCount > 0 {
		t.line("  it permits %s that its own filter and the runtime default deny, as %s", plural(r.LoosensCount, "call"), strings.Join(r.Loosens, ", "))
	}
	switch {
	case r.Changes == nil && r.Replaced:
		t.line("  what that changes is not known: its own filter is not")
	case r.Changes != nil && r.Changes.Empty():
		t.line("  that changes nothing for it")
	case r.Changes != nil:
		t.line("  what that changes for it:")
		callsTable(t, *r.Changes)
	}
}
