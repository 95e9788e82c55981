package bundle

import (
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/workload"
)

// The annotations with which engines name what they create: pkg/cri/annotations of containerd, and CRI-O's.
const (
	criPrefix    = "io.kubernetes.cri."
	crioPrefix   = "io.kubernetes.cri-o."
	nerdctlSpace = "nerdctl/namespace"
)

// identity tells the engine and the names from the annotations of a configuration. Whoever holds an engine's socket can
// forge them, so this is what the configuration claims.
func identity(a map[string]string) workload.Workload {
	w := workload.Workload{Kinds: workload.KindContainer, PodLabels: workload.Unknown[map[string]string]()}
	switch {
	case a[criPrefix+"container-type"] != "" || a[criPrefix+"sandbox-id"] != "":
		w.Engine = workload.Known(workload.EngineKubernetes)
		w.ContainerdNamespace = workload.Known("k8s.io")
		w.Namespace = text(a[criPrefix+"sandbox-namespace"])
		w.Pod = text(a[criPrefix+"sandbox-name"])
		w.PodUID = a[criPrefix+"sandbox-uid"]
		w.PodID = a[criPrefix+"sandbox-id"]
		w.Container = text(a[criPrefix+"container-name"])
		w.Image = text(a[criPrefix+"image-name"])
		w.Kinds = kinds(a[criPrefix+"container-type"])
	case has(a, crioPrefix):
		w.Engine = workload.Known(workload.EngineKubernetes)
		w.ContainerdNamespace = workload.Absent[string]()
		w.Namespace = text(a["io.kubernetes.pod.namespace"])
		w.Pod = text(a["io.kubernetes.pod.name"])
		w.Container = text(a["io.kubernetes.container.name"])
		w.Image = text(a[crioPrefix+"ImageName"])
		w.Kinds = kinds(a[crioPrefix+"ContainerType"])
	case a[nerdctlSpace] != "":
		w.Engine = workload.Known(workload.EngineNerdctl)
		w.ContainerdNamespace = workload.Known(a[nerdctlSpace])
		w.Container = text(a["nerdctl/name"])
		NoPod(&w)
	}
	return w
}

// NoPod makes everything of pods absent: the engine has none.
func NoPod(w *workload.Workload) {
	w.Namespace, w.Pod = workload.Absent[string](), workload.Absent[string]()
	w.PodLabels = workload.Absent[map[string]string]()
	w.RuntimeHandler = workload.Absent[string]()
}

func kinds(containerType string) workload.Kinds {
	if containerType == "sandbox" {
		return workload.KindSandbox
	}
	return workload.KindContainer | workload.KindInit | workload.KindEphemeral
}

// text is an attribute that exists: where it is empty, the engine did not say.
func text(s string) workload.Attr[string] {
	if s == "" {
		return workload.Unknown[string]()
	}
	return workload.Known(s)
}

func has(a map[string]string, prefix string) bool {
	for key := range a {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// hostNamespaces are those that a container shares where its configuration does not list them, by the specification's
// names.
var hostNamespaces = map[string]workload.HostNamespaces{
	"pid": workload.HostPID, "network": workload.HostNetwork, "ipc": workload.HostIPC, "uts": workload.HostUTS,
	"user": workload.HostUser, "cgroup": workload.HostCgroup, "mount": workload.HostMount,
}

// namespaces returns those of the host that the container shares. One that is joined by path belongs to the pod as far as
// the configuration tells, unless it is that of process 1.
func namespaces(d *document.Decoder, n *document.Node) workload.Attr[workload.HostNamespaces] {
	shared := workload.HostNamespaces(0)
	for _, set := range hostNamespaces {
		shared |= set
	}
	for _, item := range d.List(n, "namespaces") {
		o := d.Object(item, "a namespace")
		kind, path := d.String(o.Take("type"), "type"), d.String(o.Take("path"), "path")
		if !strings.HasPrefix(path, "/proc/1/ns/") {
			shared &^= hostNamespaces[kind]
		}
	}
	return workload.Known(shared)
}
