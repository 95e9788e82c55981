package nri

import (
	"maps"

	"github.com/containerd/nri/pkg/api"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/workload"
)

// request describes a container for the engine. Names come from the fields of NRI: a client of the CRI may put what it
// likes into annotations. Capabilities and the kind of the container are not there in any version.
func request(pod *api.PodSandbox, ctr *api.Container, rep reports, legacy bool) enforce.Request {
	cur := current(ctr, rep)
	w := &workload.Workload{
		ID:     ctr.GetId(),
		PodID:  ctr.GetPodSandboxId(),
		PodUID: pod.GetUid(),

		Door:      workload.DoorNRI,
		Engine:    workload.Known(workload.EngineKubernetes),
		Namespace: known(pod.GetNamespace()),
		Pod:       known(pod.GetName()),
		Container: known(ctr.GetName()),

		ContainerdNamespace: rep.namespace,

		Labels:      workload.Known(ctr.GetLabels()),
		PodLabels:   workload.Known(pod.GetLabels()),
		Annotations: workload.Known(annotations(pod, ctr)),

		RuntimeHandler: workload.Known(pod.GetRuntimeHandler()),
		Privileged:     privileged(ctr, rep, cur),
		HostNamespaces: hostNamespaces(pod, ctr),
		// A pause container causes no event that could be answered.
		Kinds: workload.KindContainer | workload.KindInit | workload.KindEphemeral,
	}
	if image := ctr.GetImage(); rep.image && image != nil {
		w.Image, w.ImageDigest = known(image.GetName()), known(image.GetDigest())
	}
	if user := ctr.GetUser(); rep.user && user != nil {
		w.User = workload.Known(user.GetUid())
	}
	w.Requested, w.LocalhostProfile = requested(ctr, rep)
	req := enforce.Request{Workload: w, Current: cur}
	if legacy && w.Requested == workload.RequestUnset {
		if r, name, ok := legacyRequest(pod.GetAnnotations(), ctr.GetName()); ok {
			w.Requested, w.LocalhostProfile = r, name
			req.Unheeded = true
		}
	}
	return req
}

// named describes a container by its names only, for the record of a request that could not be worked on.
func named(pod *api.PodSandbox, ctr *api.Container) enforce.Request {
	return enforce.Request{Workload: &workload.Workload{
		ID: ctr.GetId(), PodID: ctr.GetPodSandboxId(), PodUID: pod.GetUid(),
		Door: workload.DoorNRI, Engine: workload.Known(workload.EngineKubernetes),
		Namespace: known(pod.GetNamespace()), Pod: known(pod.GetName()), Container: known(ctr.GetName()),
		Requested: workload.AnyRequest, Kinds: workload.KindContainer | workload.KindInit | workload.KindEphemeral,
	}}
}

// known is an attribute that every container has: where it is empty, the engine did not say.
func known(s string) workload.Attr[string] {
	if s == "" {
		return workload.Unknown[string]()
	}
	return workload.Known(s)
}

// requested returns what a container asked for. RUNTIME_DEFAULT is the zero of its enumeration, so the message itself
// tells unset apart.
func requested(ctr *api.Container, rep reports) (workload.Requests, workload.Attr[string]) {
	if !rep.request {
		return workload.AnyRequest, workload.Unknown[string]()
	}
	p := ctr.GetLinux().GetSeccompProfile()
	if p == nil {
		return workload.RequestUnset, workload.Absent[string]()
	}
	switch p.GetProfileType() {
	case api.SecurityProfile_RUNTIME_DEFAULT:
		return workload.RequestRuntimeDefault, workload.Absent[string]()
	case api.SecurityProfile_UNCONFINED:
		return workload.RequestUnconfined, workload.Absent[string]()
	case api.SecurityProfile_LOCALHOST:
		return workload.RequestLocalhost, workload.Known(localhostName(p.GetLocalhostRef()))
	}
	return workload.AnyRequest, workload.Unknown[string]()
}

// annotations are those that the pod's author wrote and those of the container, which win.
func annotations(pod *api.PodSandbox, ctr *api.Container) map[string]string {
	p, c := pod.GetAnnotations(), ctr.GetAnnotations()
	if len(p) == 0 {
		return c
	}
	all := make(map[string]string, len(p)+len(c))
	maps.Copy(all, p)
	maps.Copy(all, c)
	return all
}
