package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// checkDoors finds rules and exceptions that no door of the policy can ever find to match: undecidable wherever they could
// match, which is an error, or false everywhere, which is a warning.
func (p *Policy) checkDoors(f *findings, platforms []Platform) {
	for _, d := range p.RelyOn() {
		if !slices.ContainsFunc(platforms, func(on Platform) bool { return Guards(d, on) }) {
			f.at("", p.Source).warnf("doors", "", "the door %s guards nothing on this node: %s", d, listed(platforms))
		}
	}
	for i := range p.Rules {
		rule := &p.Rules[i]
		p.checkDecidable(f.at(fmt.Sprintf("rules[%d]", i), rule.Source), fmt.Sprintf("rule %q", rule.Name), &rule.Match, platforms)
	}
	for i := range p.Exceptions {
		e := &p.Exceptions[i]
		p.checkDecidable(f.at(fmt.Sprintf("exceptions[%d]", i), e.Source), fmt.Sprintf("exception %q", e.Name), &e.Match, platforms)
	}
}

func (p *Policy) checkDecidable(r reporter, what string, m *Match, platforms []Platform) {
	var best Verdict
	for _, door := range p.RelyOn() {
		for _, on := range platforms {
			v := m.Through(door, on)
			if v.Answer > best.Answer || (best.Answer == False && best.Field == "") {
				best = v
			}
		}
	}
	name, inExcept := strings.CutPrefix(string(best.Field), "except.")
	source := m.Source
	if inExcept {
		source = m.Except.Source
	}
	at := r.in(source)
	switch best.Answer {
	case True:
	case Unknown:
		at.errorf(name, "see the table in docs/policy.md; "+elsewhere(Field(name), p.RelyOn()),
			"%s cannot be decided: %s is not visible at the door %s on %s", what, best.Field, joined(p.RelyOn()), best.On)
	case False:
		if best.Field == "" {
			return // no door guards anything, which has been said
		}
		at.warnf(name, "", "%s can never match: %s holds for nothing that comes through the door %s", what, best.Field, joined(p.RelyOn()))
	}
}

// elsewhere names a door that would see the field.
func elsewhere(f Field, rely []workload.Door) string {
	for _, d := range workload.Doors() {
		for _, on := range NewestPlatforms() {
			if s := Sees(f, d, on); !slices.Contains(rely, d) && (s == SightYes || s == SightPartly) {
				return fmt.Sprintf("the door %s sees it", d)
			}
		}
	}
	return "no other door sees it"
}

func listed(platforms []Platform) string {
	var out []string
	for _, on := range platforms {
		out = append(out, on.String())
	}
	return strings.Join(out, ", ")
}
