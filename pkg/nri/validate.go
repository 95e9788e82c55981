package nri

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/containerd/nri/pkg/api"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/profile"
)

// ValidateContainerAdjustment decides on a container once more, from its state before any plugin changed it, and refuses
// it unless what is about to be created has the filter of that decision. So a container is refused for which the runtime
// went on without our answer, and one whose filter another plugin changed, also where we left it alone.
func (p *Plugin) ValidateContainerAdjustment(ctx context.Context, req *api.ValidateContainerAdjustmentRequest) error {
	start := time.Now()
	d, err := guard(ctx, p, "ValidateContainerAdjustment", func() decided { return p.validate(req) })
	if err != nil {
		d = decided{req: named(req.GetPod(), req.GetContainer()), err: err}
	}
	if d.err != nil {
		return p.refused(start, d)
	}
	return nil
}

func (p *Plugin) validate(req *api.ValidateContainerAdjustmentRequest) decided {
	p.seen(req.GetPlugins())
	ctr := req.GetContainer()
	p.mu.Lock()
	engine := p.pending.take(ctr.GetId())
	p.pending.settled(fullName(req.GetPod(), ctr))
	p.mu.Unlock()
	d := p.decide(engine, req.GetPod(), ctr)
	if d.err == nil && binding(d.out) {
		d.err = check(d, req)
	}
	return d
}

// check compares what is pending with what was decided.
func check(d decided, req *api.ValidateContainerAdjustmentRequest) error {
	if name := bypass(req.GetAdjust().GetAnnotations()); name != "" {
		return d.refuse(ReasonBypass, fmt.Sprintf("another plugin adds annotation %s, which makes crun replace the container's filter", name))
	}
	pending := req.GetAdjust().GetLinux().GetSeccompPolicy()
	if d.wire == nil {
		if pending == nil || sameAsCurrent(d, pending) {
			return nil
		}
		return d.refuse(ReasonTampered, owner(req)+" changes the filter, which the policy leaves as it is")
	}
	switch {
	case pending == nil:
		return d.refuse(ReasonTampered, "it would be created without the filter of the policy: the plugin was not asked, or the decision rests on what another plugin changed")
	case equal(pending, d.wire), same(fromNRI(pending), fromNRI(d.wire)):
		return nil
	}
	return d.refuse(ReasonTampered, owner(req)+" sets another filter than that of the policy")
}

// sameAsCurrent reports whether a pending filter is what the container has anyway. NRI drops the errno of its default.
func sameAsCurrent(d decided, pending *api.LinuxSeccomp) bool {
	if d.req.Current.State != enforce.CurrentFilter {
		return false
	}
	f := fromNRI(pending)
	f.DefaultErrnoRet = nil
	return same(f, d.req.Current.Filter)
}

// same reports whether two filters do the same in a runtime.
func same(a, b *specs.LinuxSeccomp) bool { return profile.Digest(a) == profile.Digest(b) }

// owner names the plugin that set the pending filter.
func owner(req *api.ValidateContainerAdjustmentRequest) string {
	if owners := req.GetOwners(); owners != nil { // its methods do not take nil
		if name, ok := owners.SeccompPolicyOwner(req.GetContainer().GetId()); ok {
			return "plugin " + name
		}
	}
	return "another plugin"
}

// defaultValidator is the name of the validator that is part of containerd and CRI-O.
const defaultValidator = "default-validator"

// seen learns from the plugins that the runtime asked whether its own validator is among them.
func (p *Plugin) seen(plugins []*api.PluginInstance) {
	found := No
	if slices.ContainsFunc(plugins, func(i *api.PluginInstance) bool { return i.GetName() == defaultValidator }) {
		found = Yes
	}
	p.change(func(s *State) { s.Validator, s.DefaultValidator = Yes, found })
}
