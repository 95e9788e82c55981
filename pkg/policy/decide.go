package policy

import (
	"time"

	"github.com/seccompd/seccompd/pkg/workload"
)

// Decision is what the policy says for one workload.
type Decision struct {
	// Rule is the index of the rule that matched; -1 where none did or the policy could not be decided.
	Rule int `json:"rule"`
	// RuleName is the rule's name, or DefaultRule; empty where the policy could not be decided.
	RuleName string `json:"ruleName,omitempty"`
	Action   Action `json:"action"`
	Mode     Mode   `json:"mode"`
	// Profile is what the action works with, or nil. It belongs to the policy and must not be changed.
	Profile *ProfileRef `json:"profile,omitempty"`
	// ProfileKey is Profile.Key(), or "".
	ProfileKey string `json:"profileKey,omitempty"`
	// Message is the policy's own text for a refusal; it may be empty.
	Message string `json:"message,omitempty"`
	// Exceptions are those that match and have not expired.
	Exceptions ExceptionSet `json:"exceptions,omitempty"`
	// ExceptionsUnknown are those of which it cannot be told whether they match. They do not apply.
	ExceptionsUnknown ExceptionSet `json:"exceptionsUnknown,omitempty"`
	// Undecidable says that a rule was reached of which it cannot be told whether it matches. Action and Profile are then
	// those of the policy's onError, and no later rule was tried.
	Undecidable      bool   `json:"undecidable,omitempty"`
	UndecidableRule  string `json:"undecidableRule,omitempty"`
	UndecidableField Field  `json:"undecidableField,omitempty"`
}

// Decide says what happens to a workload. It allocates nothing and reads nothing but its arguments; now is compared with
// the end of each exception.
func (c *Compiled) Decide(w *workload.Workload, now time.Time) Decision {
	return c.decide(w, now, c.index.candidates(w), nil)
}

// decide tries the rules that next yields. Decide and Explain share it and differ in the rules and in the trace alone.
func (c *Compiled) decide(w *workload.Workload, now time.Time, rules cursor, trace *Trace) Decision {
	d := Decision{Rule: -1}
	c.applyExceptions(&d, w, now, trace)
	for i := rules.next(); i >= 0; i = rules.next() {
		r := &c.rules[i]
		if r.skippedBy&d.Exceptions != 0 {
			trace.skipped(c.policy, i)
			continue
		}
		answer, field := r.eval(w, trace.rule(c.policy, i))
		trace.answered(answer, field)
		switch answer {
		case True:
			d.Rule = i
			d.set(&r.outcome)
			return d
		case Unknown:
			d.set(&c.onError)
			d.Mode = strictest(c.policy.Mode, r.mode)
			d.Undecidable, d.UndecidableRule, d.UndecidableField = true, r.name, field
			return d
		case False:
		}
	}
	d.set(&c.fallback)
	return d
}

func (d *Decision) set(o *outcome) {
	d.RuleName, d.Action, d.Mode, d.Profile, d.ProfileKey, d.Message = o.name, o.action, o.mode, o.profile, o.key, o.message
}

// strictest is the mode of a decision that an undecidable rule ended: that rule may not have matched at all, so one in
// audit does not take the rest of an enforced policy out of force.
func strictest(a, b Mode) Mode {
	if a == ModeEnforce {
		return a
	}
	return b
}

// applyExceptions finds the exceptions that apply. One of which it cannot be told whether it matches opens nothing.
func (c *Compiled) applyExceptions(d *Decision, w *workload.Workload, now time.Time, trace *Trace) {
	for i := range c.exceptions {
		sink := trace.exception(c.policy, i)
		if c.policy.Exceptions[i].Expired(now) {
			trace.expired()
			continue
		}
		answer, field := c.exceptions[i].eval(w, sink)
		trace.exceptionAnswered(answer, field)
		switch answer {
		case True:
			d.Exceptions |= 1 << i
		case Unknown:
			d.ExceptionsUnknown |= 1 << i
		case False:
		}
	}
}
