package oci

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// The annotations with which engines name what they create: pkg/cri/annotations of containerd, those of CRI-O, nerdctl
// and libpod.
const (
	criPrefix    = "io.kubernetes.cri."
	crioPrefix   = "io.kubernetes.cri-o."
	nerdctlSpace = "nerdctl/namespace"
	manager      = "io.container.manager"
)

// The namespaces of containerd whose client is known.
const (
	criNamespace    = "k8s.io"
	dockerNamespace = "moby"
)

// identity tells the engine and the names. Annotations are believed only from those who may name pods: in containerd's
// namespace k8s.io, and of CRI-O, which puts its own over a client's. Whoever can write them there holds the engine's
// socket, which is root.
func identity(a map[string]string, o Origin) workload.Workload {
	cri := a[criPrefix+"container-type"] != "" || a[criPrefix+"sandbox-id"] != ""
	switch {
	case o.Namespace == criNamespace && cri, o.Claimed && cri:
		w := criWorkload(a)
		if o.StrictIdentity {
			forget(&w)
		}
		return w
	case o.Podman, o.Namespace == "" && a[manager] == "libpod":
		return podmanWorkload()
	case o.Namespace == "" && hasPrefix(a, crioPrefix):
		w := crioWorkload(a)
		if o.StrictIdentity {
			forget(&w)
		}
		return w
	case o.Namespace == dockerNamespace:
		w := single(workload.EngineDocker)
		w.ContainerdNamespace = workload.Known(o.Namespace)
		w.Container = workload.Unknown[string]()
		w.Labels = workload.Unknown[map[string]string]()
		return w
	case a[nerdctlSpace] != "" && (o.Claimed || o.Namespace == a[nerdctlSpace]):
		w := single(workload.EngineNerdctl)
		w.ContainerdNamespace = workload.Known(a[nerdctlSpace])
		w.Container = text(a["nerdctl/name"])
		w.Labels = workload.Unknown[map[string]string]()
		return w
	case o.Namespace != "":
		w := single(workload.EngineContainerd)
		w.ContainerdNamespace = workload.Known(o.Namespace)
		w.Container = workload.Absent[string]()
		return w
	case o.Claimed:
		return workload.Workload{Kinds: workload.KindContainer}
	case filepath.Base(o.Bundle) == "userdata":
		return podmanWorkload()
	}
	return engineless(o)
}

func podmanWorkload() workload.Workload {
	w := single(workload.EnginePodman)
	w.ContainerdNamespace = workload.Absent[string]()
	w.Container = workload.Unknown[string]()
	return w
}

// engineless is a container that no engine creates: a person does, or a builder of images. One that builds within Docker is
// Docker's.
func engineless(o Origin) workload.Workload {
	w := single("")
	w.Engine = workload.Absent[workload.Engine]()
	if strings.Contains(o.Bundle, "/docker/buildkit/") {
		w.Engine = workload.Known(workload.EngineDocker)
	}
	w.ContainerdNamespace, w.Container = workload.Absent[string](), workload.Absent[string]()
	w.Image, w.ImageDigest = workload.Absent[string](), workload.Absent[string]()
	w.Labels = workload.Absent[map[string]string]()
	return w
}

// single is a container of an engine without pods. Its image and its labels exist, and a bundle does not tell them.
func single(engine workload.Engine) workload.Workload {
	w := workload.Workload{Kinds: workload.KindContainer, Engine: workload.Known(engine)}
	NoPod(&w)
	return w
}

func criWorkload(a map[string]string) workload.Workload {
	return workload.Workload{
		Engine:              workload.Known(workload.EngineKubernetes),
		ContainerdNamespace: workload.Known(criNamespace),
		Namespace:           text(a[criPrefix+"sandbox-namespace"]),
		Pod:                 text(a[criPrefix+"sandbox-name"]),
		PodUID:              a[criPrefix+"sandbox-uid"],
		PodID:               a[criPrefix+"sandbox-id"],
		Container:           containerName(a[criPrefix+"container-type"], a[criPrefix+"container-name"]),
		Image:               text(a[criPrefix+"image-name"]),
		ImageDigest:         digestOf(a[criPrefix+"image-name"]),
		Kinds:               kinds(a[criPrefix+"container-type"]),
	}
}

func crioWorkload(a map[string]string) workload.Workload {
	return workload.Workload{
		Engine:              workload.Known(workload.EngineKubernetes),
		ContainerdNamespace: workload.Absent[string](),
		Namespace:           text(a["io.kubernetes.pod.namespace"]),
		Pod:                 text(a["io.kubernetes.pod.name"]),
		PodUID:              a["io.kubernetes.pod.uid"],
		Container:           containerName(a[crioPrefix+"ContainerType"], a["io.kubernetes.container.name"]),
		Image:               text(a[crioPrefix+"ImageName"]),
		ImageDigest:         digestOf(a[crioPrefix+"ImageName"]),
		Labels:              crioLabels(a[crioPrefix+"Labels"]),
		Kinds:               kinds(a[crioPrefix+"ContainerType"]),
	}
}

// digestOf is the digest by which a reference names its image; where it names it by a tag, the digest is not told.
func digestOf(reference string) workload.Attr[string] {
	_, digest, _ := strings.Cut(reference, "@")
	if hex, ok := strings.CutPrefix(digest, "sha256:"); ok && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == "" {
		return workload.Known(digest)
	}
	return workload.Unknown[string]()
}

// crioLabels reads the labels of the CRI request, which CRI-O writes as JSON; those of the pod for its pause container.
func crioLabels(s string) workload.Attr[map[string]string] {
	var labels map[string]string
	if json.Unmarshal([]byte(s), &labels) != nil {
		return workload.Unknown[map[string]string]()
	}
	return workload.Known(labels)
}

// forget makes unknown what a bundle says of a pod. That there is one is no claim that opens anything.
func forget(w *workload.Workload) {
	w.Namespace, w.Pod, w.Container = workload.Unknown[string](), workload.Unknown[string](), workload.Unknown[string]()
	w.Image, w.ImageDigest, w.Labels = workload.Unknown[string](), workload.Unknown[string](), workload.Unknown[map[string]string]()
	w.PodUID = ""
	w.Kinds = workload.AnyKind
}

// NoPod makes everything of pods absent: the engine has none.
func NoPod(w *workload.Workload) {
	w.Namespace, w.Pod = workload.Absent[string](), workload.Absent[string]()
	w.PodLabels = workload.Absent[map[string]string]()
	w.RuntimeHandler = workload.Absent[string]()
}

// sandbox is the word of containerd and CRI-O for the pause container of a pod.
const sandbox = "sandbox"

func kinds(containerType string) workload.Kinds {
	if containerType == sandbox {
		return workload.KindSandbox
	}
	return workload.KindContainer | workload.KindInit | workload.KindEphemeral
}

// containerName is absent for a pause container, which its pod does not name.
func containerName(containerType, name string) workload.Attr[string] {
	if containerType == sandbox {
		return workload.Absent[string]()
	}
	return text(name)
}

// text is an attribute that exists: where it is empty, the engine did not say.
func text(s string) workload.Attr[string] {
	if s == "" {
		return workload.Unknown[string]()
	}
	return workload.Known(s)
}

func hasPrefix(a map[string]string, prefix string) bool {
	for key := range a {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
