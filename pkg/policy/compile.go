package policy

import (
	"fmt"
)

// Compiled is a policy ready to decide: globs are compiled and rules indexed. It is immutable and safe for concurrent use.
type Compiled struct {
	policy     *Policy
	rules      []compiledRule
	exceptions []matcher
	index      index
	all        []int32
	fallback   outcome
	onError    outcome
}

type compiledRule struct {
	matcher
	outcome
	// skippedBy are the exceptions that pass over the rule.
	skippedBy ExceptionSet
}

// skips maps the name of each rule that exceptions pass over to those exceptions.
func (p *Policy) skips() map[string]ExceptionSet {
	out := map[string]ExceptionSet{}
	for i := range p.Exceptions {
		for _, name := range p.Exceptions[i].Skip {
			out[name] |= 1 << i
		}
	}
	return out
}

// outcome is what a decision takes over from the rule that made it.
type outcome struct {
	name    string
	action  Action
	mode    Mode
	profile *ProfileRef
	key     string
	message string
}

// Compile checks a policy and prepares it for decisions. The error is the first of what Validate finds.
// The policy must not be changed afterwards.
func Compile(p *Policy) (*Compiled, error) {
	if found := p.Validate(); len(found) > 0 {
		return nil, fmt.Errorf("compile policy: %w", found[0])
	}
	fallback := p.Fallback()
	c := &Compiled{policy: p, index: newIndex(p.Rules), fallback: outcome{
		name: DefaultRule, action: fallback.Action, mode: p.Mode, profile: fallback.Profile, message: fallback.Message,
	}}
	c.fallback.setKey()
	c.onError = outcome{action: ActionRefuse, mode: p.Mode}
	if p.FailMode() == OnErrorRuntimeDefault {
		c.onError.action, c.onError.profile = ActionRestrict, &ProfileRef{Type: TypeRuntimeDefault}
		c.onError.setKey()
	}
	skips := p.skips()
	for i := range p.Rules {
		r := &p.Rules[i]
		m, err := compileMatch(&r.Match)
		if err != nil {
			return nil, fmt.Errorf("compile rule %q: %w", r.Name, err)
		}
		o := outcome{name: r.Name, action: r.Action, mode: p.ModeOf(i), profile: r.Profile, message: r.Message}
		o.setKey()
		c.rules = append(c.rules, compiledRule{m, o, skips[r.Name]})
		c.all = append(c.all, int32(i))
	}
	for i := range p.Exceptions {
		m, err := compileMatch(&p.Exceptions[i].Match)
		if err != nil {
			return nil, fmt.Errorf("compile exception %q: %w", p.Exceptions[i].Name, err)
		}
		c.exceptions = append(c.exceptions, m)
	}
	return c, nil
}

func (o *outcome) setKey() {
	if o.profile != nil {
		o.key = o.profile.Key()
	}
}

// Policy returns the policy that was compiled. It must not be changed.
func (c *Compiled) Policy() *Policy { return c.policy }
