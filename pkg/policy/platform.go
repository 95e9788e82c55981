package policy

import (
	"strings"

	"github.com/seccompd/seccompd/internal/version"
	"github.com/seccompd/seccompd/pkg/workload"
)

// The software whose version decides what a door sees.
const (
	Containerd = "containerd"
	CRIO       = "cri-o"
	Docker     = "docker"
	Podman     = "podman"
)

// Platform is an engine as it is installed on a node.
type Platform struct {
	Engine workload.Engine `json:"engine"`
	// Software is Containerd, CRIO, Docker or Podman. Kubernetes runs on the first two.
	Software string `json:"software"`
	// Version is as the software reports it ("2.4.2", "v2.3.0-rc.1"). What cannot be read counts as the oldest; empty
	// counts as the newest.
	Version string `json:"version,omitempty"`
	// Asked says that the runtime door asks containerd for what it keeps of a container, or looks up what Docker does.
	Asked bool `json:"asked,omitempty"`
}

// String returns "containerd 2.4.2", and the engine before it where it is not Kubernetes.
func (p Platform) String() string {
	s := strings.TrimSpace(p.Software + " " + p.Version)
	if p.Engine != workload.EngineKubernetes && string(p.Engine) != p.Software {
		s = string(p.Engine) + " on " + s
	}
	return s
}

// NewestPlatforms lists every engine on the newest software that the table knows.
func NewestPlatforms() []Platform {
	return []Platform{
		{Engine: workload.EngineKubernetes, Software: Containerd}, {Engine: workload.EngineKubernetes, Software: CRIO},
		{Engine: workload.EngineContainerd, Software: Containerd}, {Engine: workload.EngineNerdctl, Software: Containerd},
		{Engine: workload.EngineDocker, Software: Docker}, {Engine: workload.EnginePodman, Software: Podman},
	}
}

// Sees says what a door can see of a field on a platform: SightNo where the door is not there at all.
func Sees(f Field, door workload.Door, on Platform) Sight {
	col, ok := columnOf(door, on)
	if !ok {
		return SightNo
	}
	s := sightOf(f, col)
	if door == workload.DoorRuntime && on.Asked && s <= SightPartly {
		switch on.Software {
		case Containerd:
			return max(s, sightAsked(f))
		case Docker:
			return max(s, sightLookedUp(f))
		}
	}
	return s
}

// AskedBy reports whether a runtime door that asks containerd, or looks up what Docker keeps, asks on this platform.
func (p Platform) AskedBy(containerd, docker bool) bool {
	return p.Software == Containerd && containerd || p.Software == Docker && docker
}

// sightLookedUp is what Docker's own file about a container says.
func sightLookedUp(f Field) Sight {
	switch f { //nolint:exhaustive // the others are not in it
	case FieldContainers, FieldImages, FieldLabels:
		return SightYes
	}
	return SightNo
}

// sightAsked is what containerd's record of a container says. That of a digest is there from 2.4 on, for containers of pods.
func sightAsked(f Field) Sight {
	switch f { //nolint:exhaustive // the others are not in it
	case FieldImages, FieldLabels, FieldPodLabels, FieldRuntimeHandlers:
		return SightYes
	}
	return SightNo
}

// Guards reports whether containers of a platform come through a door that can install a filter.
func Guards(door workload.Door, on Platform) bool {
	_, ok := columnOf(door, on)
	return ok
}

// columnOf returns the column of the newest version that is not newer than the platform's. A closed one does not count.
func columnOf(door workload.Door, on Platform) (int, bool) {
	at := -1
	v := versionOf(on.Version)
	for i, c := range columns {
		if c.door == door && c.engine == on.Engine && c.software == on.Software && c.from.Compare(v) <= 0 {
			at = i
		}
	}
	return at, at >= 0 && !columns[at].closed
}

// newest stands for a version that is not given.
var newest = version.Version{Major: 1 << 30}

// versionOf reads the version of a platform. What cannot be read counts as the oldest, and a pre-release as before its
// release: it may not tell a door yet what the release does.
func versionOf(s string) version.Version {
	if s == "" {
		return newest
	}
	v, _ := version.Parse(s)
	return v
}
