package manifest

import (
	"fmt"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/workload"
)

// pod reads one pod, or a template of pods.
type pod struct {
	*reader
	// meta is the metadata of the object, which for a template is not the pod's.
	meta *document.Node
	in   *document.Node

	object string
	base   workload.Workload
	notes  []string
	sec    security
}

func (p *pod) read(kind string, n *document.Node, suffix string) {
	o := p.d.Object(n, "a pod")
	if o.Node == nil {
		return
	}
	meta := p.d.Object(p.meta, "metadata")
	name := p.d.String(meta.Take("name"), "metadata.name")
	if name == "" {
		name = p.d.String(meta.Take("generateName"), "metadata.generateName") + "00000"
	}
	p.object = kind + "/" + name
	namespace := p.d.String(meta.Take("namespace"), "metadata.namespace")
	if namespace == "" {
		namespace = "default"
		p.notes = append(p.notes, `no namespace is given: taken as "default"`)
	}
	own := p.d.Object(o.Take("metadata"), "metadata")
	if suffix != "" {
		name += suffix
		p.notes = append(p.notes, fmt.Sprintf("the pod's name is made when it is created: taken as %q", name))
	}
	p.base = workload.Workload{
		Engine:              workload.Known(workload.EngineKubernetes),
		ContainerdNamespace: workload.Known("k8s.io"),
		Namespace:           workload.Known(namespace),
		Pod:                 workload.Known(name),
		PodLabels:           workload.Known(p.texts(own.Take("labels"), "labels")),
		Annotations:         workload.Known(p.texts(own.Take("annotations"), "annotations")),
		RuntimeHandler:      workload.Known(""),
	}
	spec := o.Take("spec")
	if spec == nil {
		p.d.Errorf(n, "", "the pod has no spec")
		return
	}
	p.spec(p.d.Object(spec, "spec"))
}

func (p *pod) spec(o *document.Object) {
	if class := p.d.String(o.Take("runtimeClassName"), "runtimeClassName"); class != "" {
		p.base.RuntimeHandler = workload.Known(class)
		p.notes = append(p.notes, fmt.Sprintf("the handler of RuntimeClass %q is taken to have its name", class))
	}
	var host workload.HostNamespaces
	for _, ns := range []struct {
		field string
		set   workload.HostNamespaces
	}{
		{"hostPID", workload.HostPID}, {"hostIPC", workload.HostIPC},
		// A pod on the host's network shares its host name too.
		{"hostNetwork", workload.HostNetwork | workload.HostUTS},
	} {
		if p.d.Bool(o.Take(ns.field), ns.field) {
			host |= ns.set
		}
	}
	if users := o.Take("hostUsers"); users == nil || p.d.Bool(users, "hostUsers") {
		host |= workload.HostUser
	}
	p.base.HostNamespaces = workload.Known(host)
	p.sec = p.security(o.Take("securityContext"))
	lists := []struct {
		field string
		kind  workload.Kinds
	}{
		{"initContainers", workload.KindInit}, {"containers", workload.KindContainer}, {"ephemeralContainers", workload.KindEphemeral},
	}
	count := 0
	for _, l := range lists {
		for _, item := range p.d.List(o.Take(l.field), l.field) {
			p.container(item, l.kind)
			count++
		}
	}
	if count == 0 {
		p.d.Errorf(o.Node, "", "the pod has no containers")
	}
}

// texts decodes a map of strings.
func (p *pod) texts(n *document.Node, what string) map[string]string {
	out := map[string]string{}
	if n == nil {
		return out
	}
	o := p.d.Object(n, what)
	if o.Node == nil {
		return out
	}
	for _, f := range o.Node.Fields {
		out[f.Key] = p.d.String(f.Value, fmt.Sprintf("the value of %q", f.Key))
	}
	return out
}

// kubeletLabels are those that the kubelet gives a container; the pod's own are not among them.
func kubeletLabels(w *workload.Workload) map[string]string {
	return map[string]string{
		"io.kubernetes.container.name": w.Container.Or(""),
		"io.kubernetes.pod.name":       w.Pod.Or(""),
		"io.kubernetes.pod.namespace":  w.Namespace.Or(""),
	}
}

// digest returns the digest in an image's reference.
func digest(image string) workload.Attr[string] {
	if _, d, ok := strings.Cut(image, "@"); ok {
		return workload.Known(d)
	}
	return workload.Unknown[string]()
}
