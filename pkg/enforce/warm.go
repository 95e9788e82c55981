package enforce

import (
	"fmt"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// compile computes what does not depend on the workload: what lists of calls mean, the floor with each exception, and a first
// reading of every profile.
func (e *Engine) compile() error {
	e.regions = map[string]algebra.Meaning{}
	for key, p := range e.snap.Calls {
		m, err := e.resolved(p, capabilities{})
		if err != nil {
			return fmt.Errorf("read the calls of %s: %w", p.Name, err)
		}
		e.regions[key] = m.Meaning
	}
	none := Request{Workload: &workload.Workload{Engine: workload.Known(workload.EngineKubernetes)}}
	for _, ref := range e.snap.Policy.Profiles() {
		if _, err := e.meaning(ref, none, capabilities{set: workload.DefaultCapabilities}); err != nil {
			return fmt.Errorf("profile %s: %w", ref.Name(), err)
		}
	}
	for i := -1; i < len(e.snap.Policy.Exceptions); i++ {
		var d policy.Decision
		if i >= 0 {
			d.Exceptions = 1 << i
		}
		if _, err := e.floors(none, d, phase{}); err != nil {
			return err
		}
	}
	return nil
}
