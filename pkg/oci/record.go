package oci

import (
	"errors"

	"github.com/seccompd/seccompd/pkg/workload"
)

// Record is what containerd keeps of a container, beside its bundle: it is as good as what the engine itself says.
type Record struct {
	ID          string            `json:"id"`
	Image       string            `json:"image,omitempty"`
	ImageDigest string            `json:"imageDigest,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	// Pod is that of a container which the CRI plugin made; nil for other clients'.
	Pod *RecordOfPod `json:"pod,omitempty"`
}

// RecordOfPod is the part of a Record about the pod. Container is the name of the container in it; "" is the pause container.
type RecordOfPod struct {
	ID             string            `json:"id"`
	UID            string            `json:"uid,omitempty"`
	Namespace      string            `json:"namespace"`
	Name           string            `json:"name"`
	Container      string            `json:"container,omitempty"`
	Labels         map[string]string `json:"labels,omitempty"`
	RuntimeHandler string            `json:"runtimeHandler,omitempty"`
}

// Recorded reports whether containerd has a record of a workload that says more than its bundle does.
func Recorded(w *workload.Workload) bool {
	engine, _ := w.Engine.Value()
	namespace, _ := w.ContainerdNamespace.Value()
	return namespace != "" && (engine == workload.EngineKubernetes || engine == workload.EngineContainerd || engine == workload.EngineNerdctl)
}

// errNotOfPod is about a bundle that names a pod, where containerd knows of none.
var errNotOfPod = errors.New("containerd's record of the container is not one of a pod: its names are not believed")

// FromContainerd adds to a workload what containerd's record of it says. Where the record and the bundle differ about a pod,
// the record counts: it has been written by the CRI plugin, and annotations by whoever made the container. The error says
// what is not believed.
func FromContainerd(r Record, w *workload.Workload) error {
	if r.ID != w.ID {
		return errors.New("containerd's record is of another container")
	}
	if engine, _ := w.Engine.Value(); engine != workload.EngineKubernetes {
		w.Image, w.Labels = text(r.Image), workload.Known(nonNil(r.Labels))
		return nil
	}
	if r.Pod == nil {
		forget(w)
		return errNotOfPod
	}
	p := r.Pod
	var differs error
	if name := w.Namespace.Or(p.Namespace) + "/" + w.Pod.Or(p.Name); name != p.Namespace+"/"+p.Name {
		differs = errors.New("the bundle names another pod than containerd's record, which counts")
	}
	w.PodID, w.PodUID = p.ID, p.UID
	w.Namespace, w.Pod = text(p.Namespace), text(p.Name)
	w.PodLabels, w.RuntimeHandler = workload.Known(nonNil(p.Labels)), workload.Known(p.RuntimeHandler)
	w.Image = text(r.Image)
	if r.ImageDigest != "" {
		w.ImageDigest = workload.Known(r.ImageDigest)
	}
	if p.ID == r.ID {
		w.Container, w.Kinds = workload.Absent[string](), workload.KindSandbox
		w.Labels = workload.Absent[map[string]string]() // it is none of the containers that a pod lists
		return differs
	}
	w.Container, w.Kinds = text(p.Container), kinds("")
	w.Labels = workload.Known(nonNil(r.Labels))
	return differs
}

func nonNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
