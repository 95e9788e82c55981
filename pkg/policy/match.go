package policy

import "github.com/seccompd/seccompd/pkg/workload"

// Match says which workloads a rule or an exception is for. All fields that are given must hold, the entries of a list
// are alternatives, and none of it may hold for Except. Strings are globs unless said otherwise.
type Match struct {
	// Engines are exact.
	Engines              []workload.Engine `json:"engines,omitempty"`
	ContainerdNamespaces []string          `json:"containerdNamespaces,omitempty"`
	Namespaces           []string          `json:"namespaces,omitempty"`
	Pods                 []string          `json:"pods,omitempty"`
	Containers           []string          `json:"containers,omitempty"`
	// Images are globs of references, digests ("@sha256:…"), or both in one ("name@sha256:…").
	Images    []string   `json:"images,omitempty"`
	Labels    []Selector `json:"labels,omitempty"`
	PodLabels []Selector `json:"podLabels,omitempty"`
	// Annotations must all hold.
	Annotations     []Annotation `json:"annotations,omitempty"`
	RuntimeHandlers []string     `json:"runtimeHandlers,omitempty"`
	// Requested is empty where the field is not given, as are the other sets.
	Requested         workload.Requests       `json:"requested,omitempty"`
	LocalhostProfiles []string                `json:"localhostProfiles,omitempty"`
	Privileged        *bool                   `json:"privileged,omitempty"`
	Capabilities      *Capabilities           `json:"capabilities,omitempty"`
	Users             []Users                 `json:"users,omitempty"`
	HostNamespaces    workload.HostNamespaces `json:"hostNamespaces,omitempty"`
	ContainerKinds    workload.Kinds          `json:"containerKinds,omitempty"`
	// Doors are exact.
	Doors []workload.Door `json:"doors,omitempty"`
	// Except takes the workloads out for which all of it holds. It has no Except of its own.
	Except *Match `json:"except,omitempty"`

	Source Source `json:"source,omitzero"`
}

// Annotation holds where the annotation of that exact key exists and one of the globs matches its value.
type Annotation struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// Capabilities holds where all of its parts that are given hold, for the container's bounding set.
type Capabilities struct {
	AnyOf  workload.Capabilities `json:"anyOf,omitempty"`
	AllOf  workload.Capabilities `json:"allOf,omitempty"`
	NoneOf workload.Capabilities `json:"noneOf,omitempty"`
}

// Users is a range of uids, both ends included.
type Users struct {
	From uint32 `json:"from"`
	To   uint32 `json:"to"`
}

// Given lists the fields that the match gives, without those of Except, in the order of Fields.
func (m *Match) Given() []Field {
	var out []Field
	for _, f := range Fields() {
		if m.has(f) {
			out = append(out, f)
		}
	}
	return out
}

func (m *Match) has(f Field) bool {
	switch f {
	case FieldEngines:
		return len(m.Engines) > 0
	case FieldContainerdNamespaces, FieldNamespaces, FieldPods, FieldContainers, FieldImages,
		FieldRuntimeHandlers, FieldLocalhostProfiles:
		return len(m.strings(f)) > 0
	case FieldLabels:
		return len(m.Labels) > 0
	case FieldPodLabels:
		return len(m.PodLabels) > 0
	case FieldAnnotations:
		return len(m.Annotations) > 0
	case FieldRequested:
		return m.Requested != 0
	case FieldPrivileged:
		return m.Privileged != nil
	case FieldCapabilities:
		return m.Capabilities != nil
	case FieldUsers:
		return len(m.Users) > 0
	case FieldHostNamespaces:
		return m.HostNamespaces != 0
	case FieldContainerKinds:
		return m.ContainerKinds != 0
	case FieldDoors:
		return len(m.Doors) > 0
	case FieldImageDigests, FieldCurrent: // rows of the table, not fields of a match
	}
	return false
}

// strings returns the globs of a field that is a list of them.
func (m *Match) strings(f Field) []string {
	switch f { //nolint:exhaustive // the other fields are no lists of globs
	case FieldContainerdNamespaces:
		return m.ContainerdNamespaces
	case FieldNamespaces:
		return m.Namespaces
	case FieldPods:
		return m.Pods
	case FieldContainers:
		return m.Containers
	case FieldImages:
		return m.Images
	case FieldRuntimeHandlers:
		return m.RuntimeHandlers
	case FieldLocalhostProfiles:
		return m.LocalhostProfiles
	}
	return nil
}
