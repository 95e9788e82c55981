package enforce

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
)

const (
	flagTSYNC        specs.LinuxSeccompFlag = "SECCOMP_FILTER_FLAG_TSYNC"
	flagWaitKillable specs.LinuxSeccompFlag = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
)

// droppable are the flags of seccomp(2) that a profile may ask for. None of them changes which calls are permitted; what
// is not among them is a mistake, and stays to be found.
var droppable = []specs.LinuxSeccompFlag{flagTSYNC, "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", flagWaitKillable}

// UsableFlags returns a filter without the flags that mean nothing there, and a note that says which were dropped; the
// filter itself where there are none. TSYNC is about other threads, which a runtime's init has no use for;
// WAIT_KILLABLE_RECV is about a listener, and without NOTIFY there is none; and a flag that the runtime does not list keeps
// the container from starting (runc 1.1 refuses every flag).
func UsableFlags(s *specs.LinuxSeccomp, rt *host.Runtime) (*specs.LinuxSeccomp, string) {
	var dropped []string
	usable := func(f specs.LinuxSeccompFlag) bool {
		switch {
		case !slices.Contains(droppable, f):
			return true
		case f == flagTSYNC, f == flagWaitKillable && !notifies(s):
			return false
		}
		return rt == nil || !rt.FlagsKnown || slices.Contains(rt.Flags, f)
	}
	kept := make([]specs.LinuxSeccompFlag, 0, len(s.Flags))
	for _, f := range s.Flags {
		if usable(f) {
			kept = append(kept, f)
		} else {
			dropped = append(dropped, string(f))
		}
	}
	if len(dropped) == 0 {
		return s, ""
	}
	c := *s
	c.Flags = kept
	return &c, "dropped " + strings.Join(dropped, ", ") + ": of no use to the filter, or not accepted by the runtime"
}

func notifies(s *specs.LinuxSeccomp) bool {
	return slices.ContainsFunc(s.Syscalls, func(r specs.LinuxSyscall) bool { return r.Action == specs.ActNotify })
}
