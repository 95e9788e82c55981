package cli

import (
	"errors"
	"fmt"

	"github.com/seccompd/seccompd/pkg/snapshot"
)

// denied are the calls that the audit logged, which enforcing would deny. Where they were not all seen that is no reason to stay
// in audit, and whoever leaves it is told.
func (e *enforcer) denied(current *snapshot.Snapshot, to *auditReport) []error {
	d := &denialsFlags{console: e.console, file: e.denials, decisions: e.decisions}
	a, err := d.reportOn(current, current.Created)
	var unread *unreadError
	switch {
	case errors.As(err, &unread):
		to.NotSeen = []string{"denied calls: the daemon does not read denials"}
		return nil
	case err != nil:
		to.NotSeen = []string{fmt.Sprintf("denied calls: %v", err)}
		return nil
	}
	to.NotSeen = a.NotSeen[usualNotSeen:]
	var out []error
	for _, r := range a.Rules {
		if r.Enforce == no && r.WouldDeny > 0 {
			out = append(out, fmt.Errorf("%s would deny %s of %s (see 'seccompctl report', or --yes)", ruleWords(r.Rule), plural(int(r.WouldDeny), "call"), plural(r.denied(), "workload")))
		}
	}
	return out
}
