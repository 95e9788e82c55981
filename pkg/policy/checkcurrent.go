package policy

import (
	"fmt"
	"slices"

	"github.com/seccompd/seccompd/pkg/workload"
)

// checkCurrent finds actions that need the filter which the workload would have without us, on nodes where no door sees it.
// In audit that is a warning, since nothing is installed.
func (p *Policy) checkCurrent(f *findings, platforms []Platform) {
	blind, ok := p.blind(platforms)
	if !ok {
		return
	}
	need := func(part string, s Source, m Mode, what string) {
		r := f.at(part, s).of(RuleNeedsCurrent)
		add := r.errorf
		if m == ModeAudit {
			add = r.warnf
		}
		add("action", "install the runtime door, or use replace, refuse, or keep without a floor",
			"%s needs the filter that the engine made, which the door nri does not see on %s", what, blind)
	}
	for i := range p.Rules {
		rule := &p.Rules[i]
		if p.needsCurrent(rule.Action) && rule.Match.mayMatch(workload.DoorNRI, blind) {
			need(fmt.Sprintf("rules[%d]", i), rule.Source, p.ModeOf(i), fmt.Sprintf("action %s of rule %q", rule.Action, rule.Name))
		}
	}
	if d := p.Fallback(); p.needsCurrent(d.Action) {
		need("default", d.Source, p.Mode, fmt.Sprintf("the default action %s", d.Action))
	}
}

// mayMatch reports whether a match can hold for anything that comes through a door.
func (m *Match) mayMatch(door workload.Door, on Platform) bool {
	return m.Through(door, on).Answer != False
}

func (p *Policy) needsCurrent(a Action) bool {
	switch a {
	case ActionFill, ActionRestrict:
		return true
	case ActionKeep:
		return p.Floor != nil
	case ActionReplace, ActionRefuse:
	}
	return false
}

// blind returns a platform on which the nri door is relied on, does not see the current filter, and no other door does,
// unless another platform of the same engine is there on which it does.
func (p *Policy) blind(platforms []Platform) (Platform, bool) {
	rely := p.RelyOn()
	if !slices.Contains(rely, workload.DoorNRI) || slices.Contains(rely, workload.DoorRuntime) {
		return Platform{}, false
	}
	var out Platform
	found := false
	for _, on := range platforms {
		switch {
		case !Guards(workload.DoorNRI, on):
		case Sees(FieldCurrent, workload.DoorNRI, on) == SightYes:
			return Platform{}, false
		case !found:
			out, found = on, true
		}
	}
	return out, found
}
