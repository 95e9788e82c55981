package enforce

import (
	"slices"
	"sync"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// WithLog returns a filter whose denials the kernel logs: the filter itself where it says so already, or a copy with the
// flag. A filter without flags is installed with SPEC_ALLOW by runc, and one with flags with those alone, so that a copy
// of the first names both.
func WithLog(s *specs.LinuxSeccomp) *specs.LinuxSeccomp {
	if slices.Contains(s.Flags, specs.LinuxSeccompFlagLog) {
		return s
	}
	c := *s
	if len(s.Flags) == 0 {
		c.Flags = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagSpecAllow}
	}
	c.Flags = append(slices.Clip(c.Flags), specs.LinuxSeccompFlagLog)
	return &c
}

// logged remembers copies of filters that containers share, so that they share the copies too.
type logged struct {
	mu sync.Mutex
	m  map[*specs.LinuxSeccomp]*specs.LinuxSeccomp
}

func (l *logged) of(s *specs.LinuxSeccomp, shared bool) *specs.LinuxSeccomp {
	if !shared {
		return WithLog(s)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if c, ok := l.m[s]; ok {
		return c
	}
	if l.m == nil || len(l.m) >= maxFilters {
		l.m = map[*specs.LinuxSeccomp]*specs.LinuxSeccomp{}
	}
	c := WithLog(s)
	l.m[s] = c
	return c
}

// logDenials has the kernel log what a container's filter denies, where the policy asks for that. What is denied stays the
// same. A runtime that lists its flags and not this one would not start the container: there nothing is added, and the
// record says so.
func (e *Engine) logDenials(req Request, out Outcome) Outcome {
	if out.Effective == nil || !e.snap.Policy.LogsDenials(out.Decision.Rule) {
		return out
	}
	why := ""
	switch rt, ok := e.host.Runtime(req.Runtime); {
	case ok && rt.FlagsKnown && !slices.Contains(rt.Flags, specs.LinuxSeccompFlagLog):
		why = rt.Name + " " + rt.Version + " does not take the flag for it"
	case out.Install == nil && out.Effective.DefaultErrnoRet != nil:
		// Not every door can hand a default errno on, and a kept filter must arrive as it was.
		why = "its own filter has a default errno, and stays as it is"
	}
	if why != "" {
		out.Notes = append(slices.Clip(out.Notes), "denials are not logged: "+why)
		return out
	}
	f := e.logged.of(out.Effective, out.Profile != CurrentProfile)
	if f != out.Effective {
		out.Install, out.Effective = f, f
	}
	return out
}
