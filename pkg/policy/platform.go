package policy

import (
	"cmp"
	"strconv"
	"strings"

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
	return sightOf(f, col)
}

// Guards reports whether containers of a platform come through a door that can install a filter.
func Guards(door workload.Door, on Platform) bool {
	_, ok := columnOf(door, on)
	return ok
}

// columnOf returns the column of the newest version that is not newer than the platform's. A closed one does not count.
func columnOf(door workload.Door, on Platform) (int, bool) {
	at := -1
	v := parseVersion(on.Version)
	for i, c := range columns {
		if c.door == door && c.engine == on.Engine && c.software == on.Software && c.from.compare(v) <= 0 {
			at = i
		}
	}
	return at, at >= 0 && !columns[at].closed
}

// version is the major, minor and patch number of a piece of software.
type version [3]int

var newest = version{1 << 30, 0, 0}

func (v version) compare(w version) int {
	return cmp.Or(cmp.Compare(v[0], w[0]), cmp.Compare(v[1], w[1]), cmp.Compare(v[2], w[2]))
}

// parseVersion reads "v2.3.1-rc.0+dirty" as 2.3.1. A pre-release counts as its release: it has that release's features.
func parseVersion(s string) version {
	if s == "" {
		return newest
	}
	s = strings.TrimPrefix(s, "v")
	if i := strings.IndexAny(s, "-+~ "); i >= 0 {
		s = s[:i]
	}
	var v version
	for i, part := range strings.SplitN(s, ".", 4) {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return version{}
		}
		if i < len(v) {
			v[i] = n
		}
	}
	return v
}
