package policy

import (
	"github.com/seccompd/seccompd/internal/version"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Sight says what a door can see of a field.
type Sight uint8

// What a door can see. SightNo is the zero value.
const (
	// SightNo: the field is unknown there, and a match on it undecidable.
	SightNo Sight = iota
	// SightPartly: some values can be told from others, or the field is known for some workloads only.
	SightPartly
	// SightAbsent: no workload there has such a thing, and a match on it is false.
	SightAbsent
	// SightYes: the field is known.
	SightYes
)

// String returns the word that the documents use.
func (s Sight) String() string {
	switch s {
	case SightYes:
		return "yes"
	case SightAbsent:
		return "absent"
	case SightPartly:
		return "partly"
	case SightNo:
	}
	return "no"
}

// column is one way to create containers, seen through one door.
type column struct {
	door     workload.Door
	engine   workload.Engine
	software string
	// from is the first version that the column is about.
	from version.Version
	// title is the heading in the documents.
	title string
	// closed says that the door cannot install a filter there.
	closed bool
}

// columns lists every door on every engine, the versions of one software in ascending order.
var columns = []column{
	{door: workload.DoorNRI, engine: workload.EngineKubernetes, software: Containerd, title: "containerd before 2.2", closed: true},
	{door: workload.DoorNRI, engine: workload.EngineKubernetes, software: Containerd, from: version.Version{Major: 2, Minor: 2}, title: "containerd 2.2.0"},
	{door: workload.DoorNRI, engine: workload.EngineKubernetes, software: Containerd, from: version.Version{Major: 2, Minor: 2, Patch: 1}, title: "containerd 2.2.1"},
	{door: workload.DoorNRI, engine: workload.EngineKubernetes, software: Containerd, from: version.Version{Major: 2, Minor: 3}, title: "containerd 2.3"},
	{door: workload.DoorNRI, engine: workload.EngineKubernetes, software: Containerd, from: version.Version{Major: 2, Minor: 4}, title: "containerd 2.4"},
	{door: workload.DoorNRI, engine: workload.EngineKubernetes, software: CRIO, title: "CRI-O before 1.34", closed: true},
	{door: workload.DoorNRI, engine: workload.EngineKubernetes, software: CRIO, from: version.Version{Major: 1, Minor: 34}, title: "CRI-O 1.34"},
	{door: workload.DoorNRI, engine: workload.EngineKubernetes, software: CRIO, from: version.Version{Major: 1, Minor: 36}, title: "CRI-O 1.36"},
	{door: workload.DoorRuntime, engine: workload.EngineKubernetes, software: Containerd, title: "CRI on containerd"},
	{door: workload.DoorRuntime, engine: workload.EngineKubernetes, software: CRIO, title: "CRI-O"},
	{door: workload.DoorRuntime, engine: workload.EngineContainerd, software: Containerd, title: "ctr"},
	{door: workload.DoorRuntime, engine: workload.EngineNerdctl, software: Containerd, title: "nerdctl"},
	{door: workload.DoorRuntime, engine: workload.EngineDocker, software: Docker, title: "Docker"},
	{door: workload.DoorRuntime, engine: workload.EnginePodman, software: Podman, title: "podman"},
	{door: workload.DoorHook, engine: workload.EnginePodman, software: Podman, title: "podman"},
}

// sights has what the doors see of each field: one letter for each column, in groups for the doors nri (containerd, CRI-O),
// runtime and hook. y: yes, p: partly, a: absent, n: no, "-": the door is closed there.
var sights = []struct {
	field   Field
	letters string
}{
	{FieldEngines, "-yyyy -yy yyyyyy y"},
	{FieldContainerdNamespaces, "-yyyy -aa yayyya a"},
	{FieldNamespaces, "-yyyy -yy yyaaaa a"},
	{FieldPods, "-yyyy -yy yyaaaa a"},
	{FieldContainers, "-yyyy -yy yyaynn n"},
	{FieldImages, "-nnnp -nn yynnnn n"},
	{FieldImageDigests, "-nnny -nn ppnnnn n"},
	{FieldLabels, "-yyyy -yy nynnnn n"},
	{FieldPodLabels, "-yyyy -yy nnaaaa a"},
	{FieldAnnotations, "-yyyy -yy nnyyyy y"},
	{FieldRuntimeHandlers, "-yyyy -yy nnaaaa a"},
	{FieldRequested, "-nyyy -nn pppppp p"},
	{FieldLocalhostProfiles, "-nyyy -nn nnnnnn n"},
	{FieldPrivileged, "-yyyy -pp yyyyyy y"},
	{FieldCapabilities, "-nnnn -nn yyyyyy y"},
	{FieldUsers, "-nnyy -ny yyyyyy y"},
	{FieldHostNamespaces, "-yyyy -yy yyyyyy y"},
	{FieldContainerKinds, "-pppp -pp ppyyyy y"},
	{FieldDoors, "-yyyy -yy yyyyyy y"},
	{FieldCurrent, "-nnyy -nn yyyyyy y"},
}

// sightOf returns what the table says of a field in a column.
func sightOf(f Field, col int) Sight {
	for _, row := range sights {
		if row.field != f {
			continue
		}
		for _, c := range row.letters {
			if c == ' ' {
				continue
			}
			if col == 0 {
				return sightLetter(c)
			}
			col--
		}
	}
	return SightNo
}

func sightLetter(c rune) Sight {
	switch c {
	case 'y':
		return SightYes
	case 'p':
		return SightPartly
	case 'a':
		return SightAbsent
	}
	return SightNo
}
