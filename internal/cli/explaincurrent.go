package cli

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// defaultKubelet is where the kubelet looks for the profiles that pods name.
const defaultKubelet = "/var/lib/kubelet/seccomp"

// without returns the filter that a container would have without us, by what it asks for, and notes on what is assumed.
func (e *explainer) without(w *workload.Workload, facts host.Facts) (enforce.Current, []string, error) {
	none := enforce.Current{State: enforce.CurrentNone}
	engine := w.Engine.Or("")
	bare := engine == workload.EngineKubernetes || engine == workload.EngineContainerd
	switch {
	case w.Privileged.Or(false), w.Requested == workload.RequestUnconfined, w.Requested == workload.RequestUnset && bare:
		return none, nil, nil
	case w.Requested == workload.RequestLocalhost:
		return e.localhost(w.LocalhostProfile.Or(""))
	}
	p := profile.RuntimeDefault(engine)
	if p == nil {
		return enforce.Current{State: enforce.CurrentFilter, RuntimeDefault: true}, []string{fmt.Sprintf("the default profile of %s is a file of its host, and not known here", engine)}, nil
	}
	f, err := p.Resolve(profile.Target{Facts: facts, Capabilities: w.Capabilities.Or(workload.DefaultCapabilities)})
	if err != nil {
		return none, nil, err
	}
	return enforce.Current{State: enforce.CurrentFilter, Filter: f, RuntimeDefault: true}, nil, nil
}

// localhost reads a pod's own profile as containerd does: plain OCI, whatever else stands in it.
func (e *explainer) localhost(name string) (enforce.Current, []string, error) {
	c := enforce.Current{State: enforce.CurrentFilter}
	root, err := os.OpenRoot(e.kubelet)
	if err == nil {
		defer func() { _ = root.Close() }()
		var data []byte
		if data, err = fs.ReadFile(root.FS(), name); err == nil {
			c.Filter = new(specs.LinuxSeccomp)
			if err := json.Unmarshal(data, c.Filter); err != nil {
				return c, nil, fmt.Errorf("read profile %q in %s: %w", name, e.kubelet, err)
			}
			return c, nil, nil
		}
	}
	return c, []string{fmt.Sprintf("the contents of the container's own profile %q are not known here: %v (--localhost-profiles names its directory)", name, err)}, nil
}
