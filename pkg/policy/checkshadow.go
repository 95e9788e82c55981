package policy

import (
	"encoding/json"
	"fmt"
)

// checkShadowed warns of rules that are never reached, because an earlier one matches the same workloads or all of them.
func (p *Policy) checkShadowed(f *findings) {
	everything := ""
	seen := map[string]string{}
	for i := range p.Rules {
		rule := &p.Rules[i]
		r := f.at(fmt.Sprintf("rules[%d]", i), rule.Source).of(RuleNeverReached)
		key := rule.Match.key()
		switch {
		case everything != "":
			r.warnf("match", "put it before that one", "rule %q is never reached: %q matches every workload", rule.Name, everything)
		case seen[key] != "":
			r.warnf("match", "put them together", "rule %q is never reached: %q has the same match", rule.Name, seen[key])
		}
		if seen[key] == "" {
			seen[key] = rule.Name
		}
		if everything == "" && len(rule.Match.Given()) == 0 && rule.Match.Except == nil {
			everything = rule.Name
		}
	}
}

// key is equal for two matches that ask for the same in the same words.
func (m Match) key() string {
	m.Source = Source{}
	if m.Except != nil {
		e := *m.Except
		e.Source = Source{}
		m.Except = &e
	}
	b, err := json.Marshal(m)
	if err != nil { // strings, numbers and lists of them
		panic(err)
	}
	return string(b)
}
