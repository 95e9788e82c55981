package cli

import (
	"slices"
	"time"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// seenBy is a request about a workload as the doors of a node make it.
type seenBy struct {
	enforce.Request
	// both says that it is the runtime door's, on what NRI knows as well.
	both bool
}

// seenBy returns the request of the door that decides on a workload of which everything is known: the one that was asked for,
// the first of the policy's, or both of them one after the other. adjust changes what a door sees of it.
func (in *asked) seenBy(w workload.Workload, current enforce.Current, on policy.Platform, d *doorFlags, adjust func(*workload.Workload)) (seenBy, error) {
	on.Asked = on.AskedBy(in.snap.Facts.AsksContainerd, in.snap.Facts.LooksUpDocker)
	door, err := d.choose(in.snap.Policy, on)
	if err != nil {
		return seenBy{}, err
	}
	if d.door == "" && w.Kinds == workload.KindSandbox && slices.Contains(in.snap.Policy.RelyOn(), workload.DoorRuntime) && policy.Guards(workload.DoorRuntime, on) {
		door = workload.DoorRuntime // pause containers come through no other
	}
	through := func(door workload.Door) enforce.Request {
		part := seen(w, door, on)
		adjust(&part)
		req := enforce.Request{Workload: &part, Current: current}
		if policy.Sees(policy.FieldCurrent, door, on) == policy.SightNo {
			req.Current = enforce.Current{State: enforce.CurrentUnknown}
		}
		return req
	}
	if d.door != "" || !joined(in.snap.Policy, &w) || !policy.Guards(workload.DoorNRI, on) || !policy.Guards(workload.DoorRuntime, on) {
		return seenBy{Request: through(door)}, nil
	}
	first := through(workload.DoorNRI)
	out, err := in.engine.Enforce(first)
	left := handoff.Defers(in.snap.Policy, err)
	if err != nil && left == nil {
		return seenBy{Request: first}, nil // it is refused there, and comes to no other
	}
	installed := ""
	if out.Install != nil || left != nil && first.Current.State != enforce.CurrentUnknown {
		installed = "a filter"
	}
	record := handoff.New(time.Time{}, first, installed)
	req := record.Union(through(workload.DoorRuntime).Workload, current.Filter)
	if installed == "" || first.Current.State != enforce.CurrentUnknown {
		req.Current = current // in the bundle, or in the record: its contents may not be known here
	}
	return seenBy{Request: req, both: true}, nil
}

// joined reports whether a workload is decided on what two doors see of it: a container of a pod, and no pause container, where
// the policy relies on both.
func joined(p *policy.Policy, w *workload.Workload) bool {
	rely := p.RelyOn()
	return w.Engine.Or("") == workload.EngineKubernetes && w.Kinds != workload.KindSandbox && w.Door != workload.DoorHook &&
		slices.Contains(rely, workload.DoorNRI) && slices.Contains(rely, workload.DoorRuntime)
}
