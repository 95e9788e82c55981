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
			f.at("", p.Source).of(RuleIdleDoor).warnf("doors", "", "the door %s guards nothing on this node: %s", d, listed(platforms))
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
	for _, on := range platforms {
		if p.together(m, on) == True {
			return
		}
	}
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
		match := m
		if inExcept {
			match = m.Except
		}
		seen := "is not visible at"
		if Sees(Field(name), best.Door, best.On) == SightPartly {
			seen = "is visible only in part at"
		}
		at.of(RuleUndecidable).errorf(name, match.elsewhere(Field(name), p.RelyOn(), best.On), "%s cannot be decided: %s %s %s on %s",
			what, best.Field, seen, doorsNamed(p.RelyOn()), best.On)
	case False:
		if best.Field == "" {
			return // no door guards anything, which has been said
		}
		at.of(RuleNeverMatches).warnf(name, "", "%s can never match: %s holds for nothing that comes through %s", what, best.Field, doorsNamed(p.RelyOn()))
	}
}

// elsewhere says where the field would be seen for the containers of a platform: in a newer version, or at another door.
func (m *Match) elsewhere(f Field, rely []workload.Door, here Platform) string {
	const table = "docs/policy.md has a table of what each door sees"
	here.Version = ""
	for _, d := range append(slices.Clone(rely), workload.Doors()...) {
		switch {
		case !Guards(d, here) || m.best(f, d, here) != True:
		case slices.Contains(rely, d):
			return fmt.Sprintf("a newer %s tells the door %s; %s", here.Software, d, table)
		default:
			return fmt.Sprintf("the door %s sees it; %s", d, table)
		}
	}
	here.Asked = true
	if m.best(f, workload.DoorRuntime, here) == True && here.Software == Docker {
		return "dockerRoot in its settings lets the door runtime look it up in Docker's files; " + table
	}
	if m.best(f, workload.DoorRuntime, here) == True {
		return "containerdLookup in its settings lets the door runtime ask containerd for it; " + table
	}
	return "no door sees that much; " + table
}

func doorsNamed(doors []workload.Door) string {
	if len(doors) == 1 {
		return "the door " + string(doors[0])
	}
	return "the doors " + joined(doors)
}

func listed(platforms []Platform) string {
	var out []string
	for _, on := range platforms {
		out = append(out, on.String())
	}
	return strings.Join(out, ", ")
}
