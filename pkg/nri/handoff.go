package nri

import (
	"context"
	"slices"

	"github.com/containerd/log"
	"github.com/containerd/nri/pkg/api"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// leave leaves the runtime door a record of a container that is about to be created, where the policy relies on that door. One
// that cannot be written costs the runtime door what NRI knows, and refuses nothing here, unless the decision was left to it.
func (p *Plugin) leave(ctx context.Context, d *decided) error {
	if !slices.Contains(d.engine.Policy().RelyOn(), workload.DoorRuntime) {
		return nil
	}
	r := handoff.New(p.set.Now(), d.req, p.digest(d.wire))
	err := p.set.Records.Write(r)
	if err == nil {
		if p.left.Add(1)%pruneEvery == 0 {
			go p.set.Records.Prune(p.set.Now(), "", nil)
		}
		return nil
	}
	if d.deferred != nil {
		return d.deferred
	}
	log.G(ctx).WithError(err).Warn("the runtime door will not know what NRI knows of this container")
	return nil
}

// digest names a filter for a record, and "" for none. It remembers those that come again.
func (p *Plugin) digest(wire *api.LinuxSeccomp) string {
	if wire == nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.digests[wire]; ok {
		return s
	}
	if p.digests == nil || len(p.digests) >= maxWires {
		p.digests = map[*api.LinuxSeccomp]string{}
	}
	s := handoff.Digest(fromNRI(wire))
	p.digests[wire] = s
	return s
}

// pruneEvery is after how many records old ones are looked for.
const pruneEvery = 64

// defers turns a refusal of what cannot be decided here into a filter under which nothing starts, where the policy relies on
// the runtime door as well and that one can see what is missing. It finds the record, decides on what both know, and
// replaces the filter. Where it is not there after all, the container does not start. An engine that does not tell what the
// container's filter is cannot be given one without losing that: then it stays, and only the runtime door stands behind it.
func (d *decided) defers(records handoff.Dir) {
	r := handoff.Defers(d.engine.Policy(), d.err)
	if records == "" || r == nil {
		return
	}
	d.deferred, d.err = r, nil
	d.out = enforce.Outcome{
		ID: r.ID, Decision: r.Decision, Mode: policy.ModeEnforce, Profile: enforce.CurrentProfile,
		Notes: []string{"left to the runtime door: " + r.Message},
	}
	if d.req.Current.State != enforce.CurrentUnknown {
		d.out.Install, d.out.Profile = handoff.Placeholder(), deferredProfile
		d.out.Effective = d.out.Install
	}
}

// deferredProfile is what records call the filter of a container whose decision is left to the runtime door.
const deferredProfile = "left to the runtime door"

// forget removes the records of containers that are gone.
func (p *Plugin) forget(containers []*api.Container) {
	ids := make([]string, len(containers))
	for i, c := range containers {
		ids[i] = c.GetId()
	}
	p.mu.Lock()
	namespace := p.rep.namespace.Or("")
	p.mu.Unlock()
	p.set.Records.Prune(p.set.Now(), namespace, ids)
}
