package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// applyAnswer is what apply and rollback say.
type applyAnswer struct {
	// Applied says that the policy in force was replaced.
	Applied bool `json:"applied"`
	// Snapshot is the digest of what is in force now; empty where nothing is.
	Snapshot   string               `json:"snapshot,omitempty"`
	Difference difference.Snapshots `json:"difference"`
}

func newApply(c *console) *cobra.Command {
	var dryRun, again bool
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Put the policy in force, and print what changes",
		Long:  "apply checks the policy and its profiles, prints how they differ from what is in force, and puts them in force for every\ndoor. What it refuses changes nothing.",
		Example: "  seccompctl apply --dry-run\n" +
			"  seccompctl apply",
		Args: noFile,
		RunE: func(cmd *cobra.Command, _ []string) error {
			apply := func(ctx context.Context) (*applyAnswer, error) { return c.apply(ctx, dryRun) }
			if again {
				apply = c.again
			}
			a, err := apply(cmd.Context())
			for range maxOvertaken {
				if !errors.Is(err, snapshot.ErrOvertaken) {
					break
				}
				a, err = apply(cmd.Context())
			}
			if a == nil {
				return err
			}
			return errors.Join(c.print(a), err)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	cmd.Flags().BoolVar(&again, "again", false, "compile the policy in force once more, from the source inside it, where the kernel or a runtime changed")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "again")
	return cmd
}

// maxOvertaken is how often it is begun again where somebody else, as the daemon, changes what is in force meanwhile: what was compared
// with it, or made of it, would take the place of something else.
const maxOvertaken = 10

// apply builds the source and puts it in force. The answer is nil where there is no difference to show.
func (c *console) apply(ctx context.Context, dryRun bool) (*applyAnswer, error) {
	snap, err := c.build(ctx)
	if err != nil {
		return nil, err
	}
	store := snapshot.Open(c.stateDir)
	stamp, err := store.Stamp()
	if err != nil {
		return nil, err
	}
	current, err := c.current(store)
	if err != nil {
		return nil, err
	}
	a := &applyAnswer{Difference: difference.Between(current, snap)}
	if current != nil {
		a.Snapshot = current.Digest
		if err := a.Difference.Refusal(current, snap); err != nil {
			return a, refuse(err)
		}
	}
	if dryRun || current != nil && a.Difference.Empty() && store.Held() == "" && sameSource(current, snap) {
		return a, nil
	}
	if err := store.PutOver(snap, stamp); err != nil {
		return nil, err
	}
	a.Applied, a.Snapshot, a.Difference.To = true, snap.Digest, snap.Digest
	return a, nil
}

// build builds the source for this machine, which is the one that it is put in force on.
func (c *console) build(ctx context.Context) (*snapshot.Snapshot, error) {
	src, err := c.source(c.policy)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }()
	facts, err := c.host(ctx)
	if err != nil {
		return nil, err
	}
	snap, warnings, err := src.Build(build.Node{Facts: facts, Now: c.now(), AuditPanics: denial.AuditPanics()})
	for _, w := range warnings {
		c.say("seccompctl: warning: %v", w)
	}
	if err != nil {
		return nil, refuse(err)
	}
	return located(snap)
}

// located gives the policy's text its absolute path as a name. The daemon reads it by that, and knows by the name and the
// text together what is in force already, and what a rollback holds back.
func located(snap *snapshot.Snapshot) (*snapshot.Snapshot, error) {
	if snap.Sources[0].Name == stdinName {
		return snap, nil
	}
	abs, err := filepath.Abs(snap.Sources[0].Name)
	if err != nil {
		return nil, fmt.Errorf("locate the policy: %w", err)
	}
	snap.Sources[0].Name = abs
	return snap, nil
}

// current returns the snapshot in force, or nil where there is none. One that is damaged does not keep a good one from
// being applied.
func (c *console) current(store *snapshot.Store) (*snapshot.Snapshot, error) {
	s, err := store.Current()
	switch {
	case errors.Is(err, snapshot.ErrNone):
		return nil, nil
	case err != nil && s == nil && !errors.Is(err, snapshot.ErrCorrupt):
		return nil, err
	case err != nil:
		c.say("seccompctl: warning: %v", err)
	}
	return s, nil
}

func sameSource(a, b *snapshot.Snapshot) bool {
	return snapshot.SourceDigest(a.Sources) == snapshot.SourceDigest(b.Sources)
}
