package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Guessed finds actions of a policy that give RuntimeDefault to pods whose capabilities nobody may guess, where no door sees those:
// that profile is another one for each set. A pod that asks for nothing has the engine's, and for one that has RuntimeDefault
// already the engine has computed it; one that asks for Unconfined or for a profile of its own, or is privileged, has neither.
func Guessed(p *policy.Policy) []Finding {
	rely := p.RelyOn()
	if !slices.Contains(rely, workload.DoorNRI) || slices.Contains(rely, workload.DoorRuntime) {
		return nil
	}
	var out []Finding
	add := func(who string, at policy.Position, g guessed) {
		if g != (guessed{}) {
			out = append(out, Finding{
				Rule: ruleNeedsCapabilities, Severity: severityOf(ruleNeedsCapabilities), File: p.File, Line: at.Line, Column: at.Column,
				Message: fmt.Sprintf("%s gives RuntimeDefault, which depends on capabilities, to %s: the door nri does not see those and cannot decide, and onError says %s", who, g, p.FailMode()),
				Hint:    "install the runtime door, name a profile that needs none, as builtin/dangerous, or let an earlier rule decide on them",
			})
		}
	}
	left := guessed{unconfined: true, own: true, privileged: true}
	for i := range p.Rules {
		rule := &p.Rules[i]
		add(fmt.Sprintf("rule %q", rule.Name), rule.Source.At("action"), left.matched(&rule.Match).given(rule.Action, rule.Profile))
		left = left.without(&rule.Match)
	}
	d := p.Fallback()
	add("the default", d.Source.At("action"), left.given(d.Action, d.Profile))
	return out
}

// guessed are the pods whose capabilities would have to be guessed.
type guessed struct{ unconfined, own, privileged bool }

// String names them as the object of a sentence.
func (g guessed) String() string {
	var out []string
	if g.unconfined {
		out = append(out, "pods that ask for Unconfined")
	}
	if g.own {
		out = append(out, "pods with a profile of their own")
	}
	if g.privileged {
		out = append(out, "privileged pods")
	}
	if len(out) > 1 {
		out = append(out[:len(out)-2], out[len(out)-2]+" and "+out[len(out)-1])
	}
	return strings.Join(out, ", ")
}

// matched keeps those that a match may hold for.
func (g guessed) matched(m *policy.Match) guessed {
	if !slices.ContainsFunc(policy.NewestPlatforms(), func(on policy.Platform) bool { return m.Through(workload.DoorNRI, on).Answer == policy.True }) {
		return guessed{}
	}
	if m.Requested != 0 {
		g.unconfined = g.unconfined && m.Requested&workload.RequestUnconfined != 0
		g.own = g.own && m.Requested&workload.RequestLocalhost != 0
	}
	if m.Privileged != nil {
		g.privileged = g.privileged && *m.Privileged
		if *m.Privileged {
			g.unconfined, g.own = false, false // they are counted as privileged
		}
	}
	if e := m.Except; e != nil {
		return g.without(e)
	}
	return g
}

// without leaves out those that a match takes all of.
func (g guessed) without(m *policy.Match) guessed {
	given := m.Given()
	if m.Except != nil || len(given) > 1 {
		return g
	}
	if len(given) == 0 {
		return guessed{}
	}
	switch given[0] { //nolint:exhaustive // no other field names all of them
	case policy.FieldRequested:
		g.unconfined = g.unconfined && m.Requested&workload.RequestUnconfined == 0
		g.own = g.own && m.Requested&workload.RequestLocalhost == 0
	case policy.FieldPrivileged:
		g.privileged = g.privileged && (m.Privileged == nil || !*m.Privileged)
	}
	return g
}

// given keeps those that an action gives RuntimeDefault.
func (g guessed) given(a policy.Action, ref *policy.ProfileRef) guessed {
	if ref == nil || ref.Name() != policy.TypeRuntimeDefault || a != policy.ActionFill && a != policy.ActionReplace {
		return guessed{}
	}
	g.own = g.own && a == policy.ActionReplace // fill leaves what there is
	return g
}
