package policy

import (
	"fmt"
	"slices"

	"github.com/seccompd/seccompd/pkg/workload"
)

// checkPause warns of rules that are undecidable for the pause containers of pods: those come through the runtime door
// alone, which knows their pod's names and not its labels. Where such a container is refused, its pod does not start.
func (p *Policy) checkPause(f *findings, platforms []Platform) {
	if !slices.Contains(p.RelyOn(), workload.DoorRuntime) || !slices.Contains(p.RelyOn(), workload.DoorNRI) {
		return // where the runtime door is the only one, the rule is undecidable for all
	}
	for i := range p.Rules {
		rule := &p.Rules[i]
		m := &rule.Match
		if len(m.Given()) == 1 && m.Except == nil && m.ContainerKinds&workload.KindSandbox != 0 {
			return // it decides on all of them
		}
		if e := m.Except; e != nil && len(e.Given()) == 1 && e.ContainerKinds&workload.KindSandbox != 0 {
			continue
		}
		if m.ContainerKinds != 0 && m.ContainerKinds&workload.KindSandbox == 0 || len(m.Engines) > 0 && !slices.Contains(m.Engines, workload.EngineKubernetes) {
			continue
		}
		for _, on := range platforms {
			if field, blind := m.blindFor(on); blind {
				f.at(fmt.Sprintf("rules[%d]", i), rule.Source).in(m.Source).of(RuleUndecidable).warnf(string(field), "let an earlier rule decide on containerKinds: [sandbox]",
					"rule %q cannot be decided for the pause containers of pods that it may mean: they come through the door runtime alone, which does not see %s", rule.Name, field)
				break
			}
		}
	}
}

// blindFor returns a field that the runtime door does not see of Kubernetes' containers on a platform.
func (m *Match) blindFor(on Platform) (Field, bool) {
	if on.Engine != workload.EngineKubernetes || !Guards(workload.DoorRuntime, on) {
		return "", false
	}
	for _, field := range m.Given() {
		if Sees(field, workload.DoorRuntime, on) == SightNo {
			return field, true
		}
	}
	return "", false
}
