package main

import (
	"context"
	"time"

	"github.com/containerd/log"

	"github.com/seccompd/seccompd/pkg/host"
)

// lookAtHost is how often the host is looked at: an upgraded runtime may read profiles in another way.
const lookAtHost = 5 * time.Minute

// watchHost compiles the policy again where the host changed.
func (d *daemon) watchHost(ctx context.Context) {
	tick := time.NewTicker(lookAtHost)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		facts, err := host.Read(ctx, host.Options{})
		if err != nil {
			log.G(ctx).WithError(err).Warn("read the facts of this host again")
			continue
		}
		d.keeper.HostChanged(ctx, facts)
	}
}

// HostChanged compiles the policy in force for another host than it was compiled for.
func (k *keeper) HostChanged(ctx context.Context, facts host.Facts) {
	k.work.Lock()
	defer k.work.Unlock()
	if facts.Key() == k.facts.Key() {
		return
	}
	log.G(ctx).Info("the host changed: its kernel, its runtimes or their libseccomp")
	k.facts = facts
	k.again(ctx)
	k.changed()
}
