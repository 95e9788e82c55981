package cli

import (
	"context"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// again compiles the policy in force once more, from the source inside it, for the machine as it is now. The runtime door
// asks for it where the kernel or a runtime changed, and no daemon has noticed.
func (c *console) again(ctx context.Context) (*applyAnswer, error) {
	store := snapshot.Open(c.stateDir)
	stamp, err := store.Stamp()
	if err != nil {
		return nil, err
	}
	current, err := c.current(store)
	if err != nil {
		return nil, err
	}
	if current == nil {
		return nil, snapshot.ErrNone
	}
	src, err := build.Again(current)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }()
	facts, err := c.host(ctx)
	if err != nil {
		return nil, err
	}
	snap, _, err := src.Build(build.Node{Facts: facts, Now: c.now()})
	if err != nil {
		return nil, refuse(err)
	}
	a := &applyAnswer{Difference: difference.Between(current, snap)}
	if err := store.PutOver(snap, stamp); err != nil {
		return nil, err
	}
	a.Applied, a.Snapshot, a.Difference.To = true, snap.Digest, snap.Digest
	return a, nil
}
