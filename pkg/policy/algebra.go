package policy

import (
	"fmt"
	"slices"
)

// NeedsAlgebra lists what this version reads and checks but cannot carry out, because it needs two filters to be combined
// or compared exactly. A policy in which it finds something cannot be applied; every finding is an error.
func (p *Policy) NeedsAlgebra() []Finding {
	f := &findings{file: p.File}
	r := f.at("", p.Source)
	if p.Floor != nil {
		r.errorf("floor", "leave it out", "this version cannot yet compute a floor")
		for i := range p.Exceptions {
			e := &p.Exceptions[i]
			if len(e.Allow) == 0 && !slices.Contains(e.Skip, SkipFloor) {
				continue
			}
			f.at(fmt.Sprintf("exceptions[%d]", i), e.Source).errorf("", "leave it out with the floor",
				"this version cannot yet take exception %q out of a floor", e.Name)
		}
	}
	for i := range p.Rules {
		rule := &p.Rules[i]
		needsAlgebra(f.at(fmt.Sprintf("rules[%d]", i), rule.Source), rule.Action, rule.Profile)
	}
	if d := p.Default; d != nil {
		needsAlgebra(f.at("default", d.Source), d.Action, d.Profile)
	}
	return f.inOrder()
}

func needsAlgebra(r reporter, a Action, profile *ProfileRef) {
	if a == ActionRestrict {
		r.errorf("action", "use replace or fill", "this version cannot yet compute `restrict`")
	}
	if profile == nil {
		return
	}
	lists := []struct {
		field string
		calls []Call
	}{{"allow", profile.Allow}, {"deny", profile.Deny}}
	for _, l := range lists {
		for i, c := range l.calls {
			if !c.Plain() {
				r.in(profile.Source).errorf(fmt.Sprintf("%s[%d]", l.field, i), "list whole calls by name, or write the profile into a file",
					"this version cannot yet compute an inline profile with arguments, groups or packs")
			}
		}
	}
}
