package handoff

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Union is the request about a container on which both doors have something to say: w is what the runtime door sees, filter
// the one in the bundle. The record must have been checked.
//
// Of what both see, the engine's own fields (NRI) come before annotations (the bundle), and the configuration comes before
// guesses about it.
func (r *Record) Union(w *workload.Workload, filter *specs.LinuxSeccomp) enforce.Request {
	u, nri := *w, r.Workload
	u.PodUID, u.PodID = first(nri.PodUID, w.PodUID), first(nri.PodID, w.PodID)
	u.Namespace, u.Pod, u.Container = or(nri.Namespace, w.Namespace), or(nri.Pod, w.Pod), or(nri.Container, w.Container)
	u.Image, u.ImageDigest = or(nri.Image, w.Image), or(nri.ImageDigest, w.ImageDigest)
	u.Labels, u.PodLabels = or(nri.Labels, w.Labels), or(nri.PodLabels, w.PodLabels)
	u.Annotations = or(nri.Annotations, w.Annotations)
	u.RuntimeHandler = or(nri.RuntimeHandler, w.RuntimeHandler)
	u.LocalhostProfile = or(nri.LocalhostProfile, w.LocalhostProfile)
	u.Privileged = or(w.Privileged, nri.Privileged)
	u.Capabilities, u.User, u.HostNamespaces = or(w.Capabilities, nri.Capabilities), or(w.User, nri.User), or(w.HostNamespaces, nri.HostNamespaces)
	if nri.Requested != workload.AnyRequest {
		u.Requested = nri.Requested
	}
	if both := w.Kinds & nri.Kinds; both != 0 {
		u.Kinds = both
	}
	return enforce.Request{Workload: &u, Current: r.current(filter), Unheeded: r.Unheeded}
}

// current is the filter that the container had before either door.
func (r *Record) current(inBundle *specs.LinuxSeccomp) enforce.Current {
	filter := inBundle
	if r.Installed != "" {
		if !r.Current.Known {
			return enforce.Current{State: enforce.CurrentUnknown}
		}
		filter = r.Current.Filter
		if filter != nil && filter.Flags == nil && r.Current.Flags {
			c := *filter
			c.Flags = []specs.LinuxSeccompFlag{}
			filter = &c
		}
	}
	if filter == nil {
		return enforce.Current{State: enforce.CurrentNone}
	}
	return enforce.Current{State: enforce.CurrentFilter, Filter: filter, RuntimeDefault: r.Current.RuntimeDefault}
}

// or is the first of two attributes that is known, or else the one that at least says that there is no such thing.
func or[T any](a, b workload.Attr[T]) workload.Attr[T] {
	if a.State() == workload.StateKnown || b.State() == workload.StateUnknown {
		return a
	}
	return b
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
