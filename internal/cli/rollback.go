package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// rollbackAnswer is what rollback says.
type rollbackAnswer struct {
	applyAnswer
	// Held is the digest of the source that was taken out of force: it is not applied by itself again.
	Held string `json:"held,omitempty"`
}

func newRollback(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "rollback",
		Short: "Go back to the policy that was in force before",
		Long:  "rollback puts the policy back in force that was so before the last apply, and prints what changes. The source that it\ntakes out of force stays out, also over a restart of the daemon, until it changes or until the next apply.",
		Args:  takes(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			store := snapshot.Open(c.stateDir)
			kept, err := store.List()
			if err != nil {
				return err
			}
			before, err := c.current(store)
			if err != nil {
				return err
			}
			if before == nil {
				return refuse(errors.New("nothing is in force, so there is nothing to go back from"))
			}
			if len(kept) < 2 {
				return refuse(errors.New(c.stateDir + " holds no earlier policy to go back to"))
			}
			back, err := store.Rollback()
			if err != nil {
				return err
			}
			a := rollbackAnswer{applyAnswer{true, back.Digest, difference.Between(before, back)}, store.Held()}
			if err := c.print(a); err != nil {
				return err
			}
			c.say("the policy file is unchanged: the daemon leaves it alone until it changes, or until the next 'seccompctl apply'")
			return nil
		},
	}
}

func (a rollbackAnswer) table(t *table) {
	a.applyAnswer.table(t)
}
