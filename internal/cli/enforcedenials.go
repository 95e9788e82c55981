package cli

import (
	"fmt"

	"github.com/seccompd/seccompd/pkg/snapshot"
)

// denied are the calls that the audit logged, which enforcing would deny. Where no log of denials can be read there is
// nothing to tell: 'seccompctl report' says what was not seen.
func (e *enforcer) denied(current *snapshot.Snapshot) []error {
	d := &denialsFlags{console: e.console, file: e.denials, decisions: e.decisions}
	a, err := d.reportOn(current, current.Created)
	if err != nil {
		return nil
	}
	var out []error
	for _, r := range a.Rules {
		if r.Enforce == no && r.WouldDeny > 0 {
			out = append(out, fmt.Errorf("%s would deny %d calls of %s (see 'seccompctl report', or --yes)", ruleWords(r.Rule), r.WouldDeny, plural(r.denied(), "workload")))
		}
	}
	return out
}
