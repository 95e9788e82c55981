package enforce

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/policy"
)

// WithLog returns a filter whose denials the kernel logs: the filter itself where it says so already, or a copy with the
// flag. A filter without flags is installed with SPEC_ALLOW by runc, and one with flags with those alone, so that a copy
// of the first names both.
func WithLog(s *specs.LinuxSeccomp) *specs.LinuxSeccomp {
	if slices.Contains(s.Flags, specs.LinuxSeccompFlagLog) {
		return s
	}
	c := *s
	if s.Flags == nil {
		c.Flags = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagSpecAllow}
	}
	c.Flags = append(slices.Clip(c.Flags), specs.LinuxSeccompFlagLog)
	return &c
}

// logDenials has the kernel log what a container's filter denies, where the policy asks for that. What is denied stays the
// same, and in audit nothing is added. A runtime that lists its flags and not this one would not start the container: there nothing is added, and the
// record says so.
func (e *Engine) logDenials(req Request, d policy.Decision, out Outcome) Outcome {
	if out.Effective == nil || out.Mode == policy.ModeAudit || !e.snap.Policy.LogsDenials(d.Rule) {
		return out
	}
	t := e.target(req)
	for _, rt := range t.runtimes {
		if rt.FlagsKnown && !slices.Contains(rt.Flags, specs.LinuxSeccompFlagLog) {
			return out.noted("denials are not logged: " + rt.Name + " " + rt.Version + " does not take the flag for it")
		}
	}
	if out.Install == nil && t.NoDefaultErrno && out.Effective.DefaultErrnoRet != nil {
		return out.noted("denials are not logged: the container's own filter has a default errno, which would be lost if it were set anew")
	}
	if f := WithLog(out.Effective); f != out.Effective {
		out.Install, out.Effective = f, f
	}
	return out
}
