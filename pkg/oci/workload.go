package oci

import "github.com/seccompd/seccompd/pkg/workload"

// Origin is what is known of a container beside its configuration.
type Origin struct {
	// ID is the container's id, Bundle the path of its bundle.
	ID     string
	Bundle string
	// Namespace is containerd's own ("k8s.io", "default", "moby"), from its shim's environment and the runtime's --root
	// together; "" where it is not containerd that creates the container.
	Namespace string
	// Podman says that podman is known to have started the runtime: its annotations, which its client chooses, claim nothing else.
	Podman bool
	// Claimed says that there is no such knowledge, and annotations are believed: for questions, never for decisions.
	Claimed bool
	// StrictIdentity makes what a bundle says of a pod unknown, until somebody else confirms it.
	StrictIdentity bool
}

// Workload describes the container for the engine that decides.
func (c *Config) Workload(o Origin) *workload.Workload {
	w := identity(c.Annotations, o)
	w.ID, w.Door = o.ID, workload.DoorRuntime
	w.Annotations = c.annotations(w.Engine)
	w.Capabilities = workload.Known(c.Capabilities)
	w.User = workload.Known(c.User)
	w.HostNamespaces = workload.Known(c.HostNamespaces)
	w.Privileged = c.Privileged
	w.Requested = c.requested()
	w.LocalhostProfile = workload.Unknown[string]()
	return &w
}

// annotations are known where they are all that there is. The CRI hands on few of those of a pod.
func (c *Config) annotations(engine workload.Attr[workload.Engine]) workload.Attr[map[string]string] {
	if e, ok := engine.Value(); ok && e == workload.EngineKubernetes {
		return workload.Unknown[map[string]string]()
	}
	return workload.Known(c.Annotations)
}

// requested is what may have been asked for: a runtime only sees the result. A container that has a filter was given one,
// by itself or by its engine; one that has none asked for that, or for nothing. Engines give a privileged container no
// filter whatever it asks for.
func (c *Config) requested() workload.Requests {
	switch {
	case c.Filter != nil:
		return workload.RequestRuntimeDefault | workload.RequestLocalhost
	case c.Privileged.Or(true):
		return workload.AnyRequest
	}
	return workload.RequestUnconfined | workload.RequestUnset
}
