package policy

import (
	"time"

	"github.com/seccompd/seccompd/pkg/workload"
)

// Trace is a decision with the reasons for it.
type Trace struct {
	Decision   Decision      `json:"decision"`
	Exceptions []RuleAnswer  `json:"exceptions,omitempty"`
	Rules      []RuleAnswer  `json:"rules,omitempty"`
	NotTried   []RuleSummary `json:"notTried,omitempty"`
}

// RuleSummary names a rule or an exception.
type RuleSummary struct {
	Index    int      `json:"index"`
	Name     string   `json:"name"`
	Position Position `json:"position,omitzero"`
}

// RuleAnswer says whether a rule or an exception matched, and why.
type RuleAnswer struct {
	RuleSummary
	Answer Truth `json:"answer"`
	// Because is the first field whose answer is unknown where Answer is.
	Because Field `json:"because,omitempty"`
	// Expired says that an exception had ended, Skipped that an exception passed over a rule; the fields were not looked at.
	Expired bool          `json:"expired,omitempty"`
	Skipped bool          `json:"skipped,omitempty"`
	Fields  []FieldAnswer `json:"fields,omitempty"`
}

// FieldAnswer says whether one field of a match held. The answers of except's fields ("except.pods") count the other way.
type FieldAnswer struct {
	Field  Field `json:"field"`
	Answer Truth `json:"answer"`
	// Want is what the policy asks for and Saw what the workload has, or "absent" or "unknown", both as JSON with
	// everything escaped that is not printable.
	Want string `json:"want"`
	Saw  string `json:"saw"`
}

// Explain decides as Decide does, but tries the rules without the index and says why each did or did not match.
func (c *Compiled) Explain(w *workload.Workload, now time.Time) Trace {
	var t Trace
	t.Decision = c.decide(w, now, cursor{a: c.all}, &t)
	for i := range t.Exceptions {
		describe(&t.Exceptions[i], &c.policy.Exceptions[t.Exceptions[i].Index].Match, w)
	}
	for i := range t.Rules {
		describe(&t.Rules[i], &c.policy.Rules[t.Rules[i].Index].Match, w)
	}
	for i := len(t.Rules); i < len(c.rules); i++ {
		r := &c.policy.Rules[i]
		t.NotTried = append(t.NotTried, RuleSummary{Index: i, Name: r.Name, Position: r.Source.Position})
	}
	return t
}

// The methods that fill a trace do nothing for nil: that is a decision which nobody asks to explain.

func (t *Trace) rule(p *Policy, i int) *[]FieldAnswer {
	if t == nil {
		return nil
	}
	t.Rules = append(t.Rules, RuleAnswer{RuleSummary: RuleSummary{i, p.Rules[i].Name, p.Rules[i].Source.Position}})
	return &t.Rules[len(t.Rules)-1].Fields
}

func (t *Trace) answered(answer Truth, field Field) {
	if t != nil {
		t.Rules[len(t.Rules)-1].set(answer, field)
	}
}

func (t *Trace) exception(p *Policy, i int) *[]FieldAnswer {
	if t == nil {
		return nil
	}
	e := &p.Exceptions[i]
	t.Exceptions = append(t.Exceptions, RuleAnswer{RuleSummary: RuleSummary{i, e.Name, e.Source.Position}})
	return &t.Exceptions[len(t.Exceptions)-1].Fields
}

func (t *Trace) skipped(p *Policy, i int) {
	if t != nil {
		t.rule(p, i)
		t.Rules[len(t.Rules)-1].Skipped = true
	}
}

func (t *Trace) expired() {
	if t != nil {
		t.Exceptions[len(t.Exceptions)-1].Expired = true
	}
}

func (t *Trace) exceptionAnswered(answer Truth, field Field) {
	if t != nil {
		t.Exceptions[len(t.Exceptions)-1].set(answer, field)
	}
}

func (a *RuleAnswer) set(answer Truth, field Field) {
	a.Answer = answer
	if answer == Unknown {
		a.Because = field
	}
}
