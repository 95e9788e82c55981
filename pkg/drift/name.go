package drift

import (
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

func nameOf(w *workload.Workload) Name {
	return Name{
		Engine: w.Engine.Or(""), ContainerdNamespace: w.ContainerdNamespace.Or(""), Namespace: w.Namespace.Or(""),
		Pod: w.Pod.Or(""), Container: w.Container.Or(""), Image: w.Image.Or(""),
	}
}

// String is the name as its engine's users write it: NAMESPACE/POD/CONTAINER, or the container's own; "" where it has none.
func (n Name) String() string {
	var parts []string
	for _, p := range []string{n.Namespace, n.Pod, n.Container} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "/")
}

// Owner is whom a container belongs to: NAMESPACE/POD, or ENGINE/NAME with the id where it has no name.
func (n Name) owner(id string) string {
	if n.Pod != "" {
		return n.Namespace + "/" + n.Pod
	}
	engine := string(n.Engine)
	if engine == "" {
		engine = "(no engine)"
	}
	if n.Container != "" {
		return engine + "/" + n.Container
	}
	return engine + "/" + id
}
