package enforce

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// UnknownDenials lists the calls, sorted, that a filter means to deny and that the runtime's libseccomp does not know or
// is not known to: runtimes skip rules for such names in silence, so that under a permissive default the call stays open.
// A call that the native architecture does not have is not listed. Where nothing is known of the runtime's libseccomp, the
// list is empty.
func UnknownDenials(s *specs.LinuxSeccomp, rt host.Runtime, facts host.Facts) []string {
	if !permits(s.DefaultAction) {
		return nil
	}
	vocabulary, ok := rt.Vocabulary()
	if !ok {
		return nil
	}
	table, ok := syscalls.Table(facts.Native)
	if !ok {
		return nil
	}
	var unknown []string
	for _, r := range s.Syscalls {
		if permits(r.Action) {
			continue
		}
		for _, name := range r.Names {
			if _, exists := table.Number(name); exists && !vocabulary.Knows(facts.Native, name) {
				unknown = append(unknown, name)
			}
		}
	}
	slices.Sort(unknown)
	return slices.Compact(unknown)
}
