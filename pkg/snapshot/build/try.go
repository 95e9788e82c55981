package build

import (
	"fmt"
	"time"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// try makes the engine of a snapshot and has it write every filter that does not need a container.
func (l *loader) try(snap *snapshot.Snapshot) {
	engine, err := enforce.New(snap, func() time.Time { return l.node.Now })
	if err != nil {
		l.at(l.policy.Source.Position, "%v", err)
		return
	}
	if f := l.policy.Floor; f != nil {
		l.examined(engine.Examine(nil), f.Source.Position)
	}
	for _, ref := range l.policy.Profiles() {
		l.examined(engine.Examine(ref), ref.Source.Position)
	}
	for i := range l.policy.Rules {
		l.loosens(engine, &l.policy.Rules[i])
	}
}

func (l *loader) examined(list []policy.Finding, pos policy.Position) {
	for _, f := range list {
		f.File, f.Position = l.policy.File, pos
		l.findings = append(l.findings, f)
	}
}

// loosens finds rules that give a container what neither its own filter nor the runtime default permits, and that whoever
// writes a pod can choose to fall under. Where it had no filter, the policy may give it less by another rule.
func (l *loader) loosens(engine *enforce.Engine, rule *policy.Rule) {
	by := rule.Match.Forgeable()
	severity := policy.SeverityError
	switch {
	case by == "":
		return
	case rule.Action == policy.ActionFill:
		severity = policy.SeverityWarning // a container that it gives something had no filter
	case rule.Action != policy.ActionReplace:
		return
	}
	engines := rule.Match.Engines
	if len(engines) == 0 {
		engines = workload.Engines()
	}
	for _, on := range engines {
		calls, count := engine.Loosens(rule.Profile, on)
		if count == 0 {
			continue
		}
		l.findings = append(l.findings, policy.Finding{
			Rule: policy.RuleForgeable, Severity: severity, File: l.policy.File, Position: rule.Match.Source.At(by), Hint: policy.TrustHint,
			Message: fmt.Sprintf("rule %q permits whoever chooses %s %d calls that the runtime default of %s denies, as %s", rule.Name, by, count, on, calls[0]),
		})
		return
	}
}
