package algebra

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// flags are what of a filter's flags has a meaning. TSYNC has none to a runtime, which loads the filter in one thread and
// executes the container's program in it.
type flags struct {
	log, specAllow, waitKillable bool
	listenerPath, metadata       string
}

// readFlags reads the flags of a filter. Where the list is absent, and not just empty, runc sets SPEC_ALLOW.
func readFlags(f *specs.LinuxSeccomp) flags {
	return flags{
		log:          slices.Contains(f.Flags, specs.LinuxSeccompFlagLog),
		specAllow:    f.Flags == nil || slices.Contains(f.Flags, specs.LinuxSeccompFlagSpecAllow),
		waitKillable: slices.Contains(f.Flags, specs.LinuxSeccompFlagWaitKillableRecv),
		listenerPath: f.ListenerPath,
		metadata:     f.ListenerMetadata,
	}
}

// meet returns the stricter flags: SPEC_ALLOW switches mitigations off, so that both must have it, and LOG shows more. The
// listener is that of the filter that has one; of two, the first one's.
func (a flags) meet(b flags) flags {
	out := flags{log: a.log || b.log, specAllow: a.specAllow && b.specAllow, waitKillable: a.waitKillable || b.waitKillable}
	out.listenerPath, out.metadata = a.listenerPath, a.metadata
	if out.listenerPath == "" {
		out.listenerPath, out.metadata = b.listenerPath, b.metadata
	}
	return out
}

// join is meet with SPEC_ALLOW if either has it.
func (a flags) join(b flags) flags {
	out := a.meet(b)
	out.specAllow = a.specAllow || b.specAllow
	return out
}

// emit writes the flags to a filter, of which notifies says that some rule has the action SCMP_ACT_NOTIFY. The list is never absent, so
// that every runtime reads the same.
func (a flags) emit(f *specs.LinuxSeccomp, notifies bool) {
	f.Flags = []specs.LinuxSeccompFlag{}
	if a.log {
		f.Flags = append(f.Flags, specs.LinuxSeccompFlagLog)
	}
	if a.specAllow {
		f.Flags = append(f.Flags, specs.LinuxSeccompFlagSpecAllow)
	}
	if !notifies {
		return
	}
	if a.waitKillable {
		f.Flags = append(f.Flags, specs.LinuxSeccompFlagWaitKillableRecv)
	}
	f.ListenerPath, f.ListenerMetadata = a.listenerPath, a.metadata
}
