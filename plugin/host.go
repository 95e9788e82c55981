package main

import (
	"context"
	"time"

	"github.com/containerd/log"

	"github.com/seccompd/seccompd/pkg/host"
)

// lookAtHost is how often the host is looked at: an upgraded runtime may read profiles in another way.
const lookAtHost = 5 * time.Minute

// logRuntimes says which runtimes profiles are checked for, and that they are checked for none.
func logRuntimes(ctx context.Context, facts host.Facts) {
	for _, r := range facts.Runtimes {
		log.G(ctx).WithField("path", r.Path).Infof("found %s %s with libseccomp %s", r.Name, r.Version, r.Libseccomp)
	}
	for _, i := range facts.Ignored {
		log.G(ctx).WithField("path", i.Path).Warnf("a runtime is not looked at: %s", i.Reason)
	}
	if len(facts.Runtimes) == 0 {
		log.G(ctx).Warn("no runc or crun was found in the usual places: profiles are not checked for what the runtime here accepts (name it with --runtime)")
	}
}

// readHost reads the facts of this host. A runtime that was named and gives no answer does not keep the daemon from
// starting, since then no container would: profiles are not checked for it, which is logged.
func readHost(ctx context.Context, runtimes []string) (host.Facts, error) {
	facts, err := host.Read(ctx, host.Options{Runtimes: runtimes})
	if err == nil || len(runtimes) == 0 {
		return facts, err
	}
	log.G(ctx).WithError(err).Error("--runtime gives no answer: looking for runtimes in the usual places")
	return host.Read(ctx, host.Options{})
}

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
		facts, err := readHost(ctx, d.set.runtimes)
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
