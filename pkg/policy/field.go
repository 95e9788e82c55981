package policy

// Field is the name of something that a match can ask for, as it is written in the policy.
type Field string

// The match fields, in the order in which they are always named and evaluated.
const (
	FieldEngines              Field = "engines"
	FieldContainerdNamespaces Field = "containerdNamespaces"
	FieldNamespaces           Field = "namespaces"
	FieldPods                 Field = "pods"
	FieldContainers           Field = "containers"
	FieldImages               Field = "images"
	FieldLabels               Field = "labels"
	FieldPodLabels            Field = "podLabels"
	FieldAnnotations          Field = "annotations"
	FieldRuntimeHandlers      Field = "runtimeHandlers"
	FieldRequested            Field = "requested"
	FieldLocalhostProfiles    Field = "localhostProfiles"
	FieldPrivileged           Field = "privileged"
	FieldCapabilities         Field = "capabilities"
	FieldUsers                Field = "users"
	FieldHostNamespaces       Field = "hostNamespaces"
	FieldContainerKinds       Field = "containerKinds"
	FieldDoors                Field = "doors"
)

// Two more things that doors see or do not see, which no match names by themselves.
const (
	// FieldImageDigests are the entries of images that name a digest.
	FieldImageDigests Field = "images @sha256"
	// FieldCurrent is the filter that the workload would have without us.
	FieldCurrent Field = "current filter"
)

// Fields lists the fields of a match.
func Fields() []Field {
	return []Field{
		FieldEngines, FieldContainerdNamespaces, FieldNamespaces, FieldPods, FieldContainers, FieldImages, FieldLabels,
		FieldPodLabels, FieldAnnotations, FieldRuntimeHandlers, FieldRequested, FieldLocalhostProfiles, FieldPrivileged,
		FieldCapabilities, FieldUsers, FieldHostNamespaces, FieldContainerKinds, FieldDoors,
	}
}
