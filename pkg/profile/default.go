package profile

import (
	"embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/seccompd/seccompd/pkg/workload"
)

// The runtime defaults are written by internal/gendefaults from the modules of containerd and Docker, names and
// conditions only: the newest in full, older versions as what differs. They are held equal to what those modules compute by its tests.
//
//go:generate go -C internal/gendefaults run . -out ../../defaults
//go:embed defaults/*.json
var defaults embed.FS

var (
	containerdDefault = sync.OnceValue(func() *Profile { return readDefault("containerd") })
	dockerDefault     = sync.OnceValue(func() *Profile { return readDefault("docker") })
)

// RuntimeDefault returns the default profile of the engine that creates a container: containerd's for Kubernetes, for
// bare containerd and for nerdctl, and Docker's for Docker. It returns nil where it cannot tell: podman's default is a
// file of the host (seccomp.json of containers-common), and differs between distributions.
//
// The profile is shared by all callers and must not be changed. Its Name says which version it is.
func RuntimeDefault(engine workload.Engine) *Profile {
	switch engine {
	case workload.EngineKubernetes, workload.EngineContainerd, workload.EngineNerdctl:
		return containerdDefault()
	case workload.EngineDocker:
		return dockerDefault()
	case workload.EnginePodman:
	}
	return nil
}

// readDefault reads a file that this program carries; only a broken build can make it panic.
func readDefault(name string) *Profile {
	data, err := defaults.ReadFile("defaults/" + name + ".json")
	if err != nil {
		panic(fmt.Sprintf("read embedded default of %s: %v", name, err))
	}
	p := new(Profile)
	if err := json.Unmarshal(data, p); err != nil {
		panic(fmt.Sprintf("decode embedded default of %s: %v", name, err))
	}
	return p
}
