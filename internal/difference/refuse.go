package difference

import (
	"errors"
	"fmt"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// Refusal returns an error for each reason why after permits more than before, or may, where either policy refuses to be
// weakened; nil where neither does. The one in force has a say too, so that it takes two steps to loosen a policy that
// refuses to be loosened.
func (s Snapshots) Refusal(before, after *snapshot.Snapshot) error {
	if s.Weaker == policy.False || !before.Policy.RefuseWeakening && !after.Policy.RefuseWeakening {
		return nil
	}
	say := "it would permit more than the policy in force"
	if s.Weaker == policy.Unknown {
		say = "it may permit more than the policy in force"
	}
	errs := make([]error, 0, len(s.Because))
	for _, why := range s.Because {
		errs = append(errs, fmt.Errorf("refuseWeakening: %s: %s (apply refuseWeakening: false alone first)", say, why))
	}
	return errors.Join(errs...)
}
