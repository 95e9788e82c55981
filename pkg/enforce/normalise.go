package enforce

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/policy"
)

// trim returns a copy of a filter without the architectures that this kernel cannot run, and a note that says which; nil
// where there is nothing to trim or the policy keeps them. Compiling a filter for an architecture costs a runtime more
// than all else that it does to create a container, and a call through one that the kernel does not run never worked: it
// gave ENOSYS and now kills the caller.
func (e *Engine) trim(s *specs.LinuxSeccomp) (*specs.LinuxSeccomp, string) {
	if s == nil || !e.snap.Policy.Normalises(policy.ModeEnforce) || e.snap.Policy.Architectures == policy.ArchitecturesKeep {
		return nil, ""
	}
	runs := e.host.ABIs
	if e.snap.Policy.Architectures == policy.ArchitecturesNative {
		runs = []specs.Arch{e.host.Native}
	}
	var kept, dropped []specs.Arch
	for _, a := range s.Architectures {
		if slices.Contains(runs, a) {
			kept = append(kept, a)
		} else {
			dropped = append(dropped, a)
		}
	}
	// A list that would become empty means the native one to a runtime, so leaving the native one in changes nothing.
	if len(dropped) == 0 || !slices.Contains(kept, e.host.Native) {
		return nil, ""
	}
	c := *s
	c.Architectures = kept
	names := make([]string, len(dropped))
	for i, a := range dropped {
		names[i] = string(a)
	}
	return &c, "dropped " + strings.Join(names, ", ") + ": not run by this kernel, or not wanted by the policy"
}
