package policy

import (
	"fmt"
	"slices"

	"github.com/seccompd/seccompd/pkg/workload"
)

// condition is one field of a match, compiled.
type condition struct {
	field Field
	// name is the field as undecidable decisions give it: "except.pods" for one within except.
	name  Field
	holds func(w *workload.Workload) Truth
}

// conditions compiles the fields of a match, without those of except, in the order of Fields.
func conditions(m *Match, prefix Field) ([]condition, error) {
	var out []condition
	for _, f := range m.Given() {
		holds, err := compileField(m, f)
		if err != nil {
			return nil, fmt.Errorf("compile %s: %w", f, err)
		}
		out = append(out, condition{field: f, name: prefix + f, holds: holds})
	}
	return out, nil
}

func compileField(m *Match, f Field) (func(w *workload.Workload) Truth, error) {
	switch f {
	case FieldEngines:
		return engineHolds(m.Engines), nil
	case FieldContainerdNamespaces, FieldNamespaces, FieldPods, FieldContainers, FieldRuntimeHandlers, FieldLocalhostProfiles:
		return globsHold(attributes[f], m.strings(f)), nil
	case FieldImages:
		return imagesHold(m.Images)
	case FieldLabels:
		return selectorsHold(m.Labels, func(w *workload.Workload) workload.Attr[map[string]string] { return w.Labels }), nil
	case FieldPodLabels:
		return selectorsHold(m.PodLabels, func(w *workload.Workload) workload.Attr[map[string]string] { return w.PodLabels }), nil
	case FieldAnnotations:
		return annotationsHold(m.Annotations), nil
	case FieldRequested:
		return func(w *workload.Workload) Truth { return within(uint64(w.Requested), uint64(m.Requested)) }, nil
	case FieldPrivileged:
		return func(w *workload.Workload) Truth {
			v, t := seen(w.Privileged)
			return t.And(truth(t != True || v == *m.Privileged))
		}, nil
	case FieldCapabilities:
		return capabilitiesHold(*m.Capabilities), nil
	case FieldUsers:
		return usersHold(m.Users), nil
	case FieldHostNamespaces:
		return func(w *workload.Workload) Truth {
			v, t := seen(w.HostNamespaces)
			return t.And(truth(t != True || v&m.HostNamespaces != 0))
		}, nil
	case FieldContainerKinds:
		return func(w *workload.Workload) Truth { return within(uint64(w.Kinds), uint64(m.ContainerKinds)) }, nil
	case FieldDoors:
		return func(w *workload.Workload) Truth {
			if w.Door == "" {
				return Unknown
			}
			return truth(slices.Contains(m.Doors, w.Door))
		}, nil
	case FieldImageDigests, FieldCurrent: // rows of the table, not fields of a match
	}
	return nil, fmt.Errorf("no field is named %q", f)
}

// attributes are the attributes that lists of globs match on.
var attributes = map[Field]func(w *workload.Workload) workload.Attr[string]{
	FieldContainerdNamespaces: func(w *workload.Workload) workload.Attr[string] { return w.ContainerdNamespace },
	FieldNamespaces:           func(w *workload.Workload) workload.Attr[string] { return w.Namespace },
	FieldPods:                 func(w *workload.Workload) workload.Attr[string] { return w.Pod },
	FieldContainers:           func(w *workload.Workload) workload.Attr[string] { return w.Container },
	FieldRuntimeHandlers:      func(w *workload.Workload) workload.Attr[string] { return w.RuntimeHandler },
	FieldLocalhostProfiles:    func(w *workload.Workload) workload.Attr[string] { return w.LocalhostProfile },
}

// within says whether what a workload may be is all, none, or only in part among what the policy lists.
// A workload that may be nothing at all was not filled in by its door: unknown.
func within(candidates, list uint64) Truth {
	switch {
	case candidates == 0:
		return Unknown
	case candidates&^list == 0:
		return True
	case candidates&list == 0:
		return False
	}
	return Unknown
}
