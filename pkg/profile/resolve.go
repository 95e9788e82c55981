package profile

import (
	"errors"
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Target is what a profile is resolved for: a host, and the bounding set of one workload's capabilities.
type Target struct {
	Facts        host.Facts
	Capabilities workload.Capabilities
}

// Resolve returns the filter that a profile is on a target: rules whose conditions hold, architectures of the native one,
// every name in names. It reads nothing but its arguments and changes none of them; the result shares nothing with the
// profile. The rules are in the order of the file, and their meaning is left to the runtime.
//
// It fails where the profile depends on what the target does not say, and where a base has not been joined.
func (p *Profile) Resolve(t Target) (*specs.LinuxSeccomp, error) {
	if p.Base != "" {
		return nil, fmt.Errorf("resolve profile %q: its base %q has not been joined to it", p.Name, p.Base)
	}
	f := &specs.LinuxSeccomp{
		DefaultAction:    p.DefaultAction,
		DefaultErrnoRet:  cloneErrno(p.DefaultErrnoRet),
		Architectures:    slices.Clone(p.Architectures),
		Flags:            slices.Clone(p.Flags),
		ListenerPath:     p.ListenerPath,
		ListenerMetadata: p.ListenerMetadata,
	}
	if len(p.ArchMap) > 0 && t.Facts.Native == "" {
		return nil, fmt.Errorf("resolve profile %q: it has an archMap, and the native architecture is not known", p.Name)
	}
	for _, m := range p.ArchMap {
		if m.Architecture == t.Facts.Native {
			f.Architectures = append([]specs.Arch{m.Architecture}, m.SubArchitectures...)
			break
		}
	}
	for _, r := range p.Rules {
		use, err := r.applies(t)
		if err != nil {
			return nil, fmt.Errorf("resolve profile %q: line %d: %w", p.Name, r.Line, err)
		}
		if use {
			f.Syscalls = append(f.Syscalls, specs.LinuxSyscall{
				Names: slices.Clone(r.Names), Action: r.Action, ErrnoRet: cloneErrno(r.ErrnoRet), Args: slices.Clone(r.Args),
			})
		}
	}
	return f, nil
}

func cloneErrno(n *uint) *uint {
	if n == nil {
		return nil
	}
	v := *n
	return &v
}

// applies says whether a rule is used. As in Docker, one excluded capability is enough to leave a rule out, and all
// included ones are needed to take it in.
func (r Rule) applies(t Target) (bool, error) {
	if c := r.Excludes; c != nil {
		arch, err := c.archMatches(t)
		if err != nil {
			return false, err
		}
		kernel, err := c.kernelMatches(t)
		if err != nil {
			return false, err
		}
		if arch || kernel || c.Capabilities&t.Capabilities != 0 {
			return false, nil
		}
	}
	c := r.Includes
	if c == nil {
		return true, nil
	}
	arch, err := c.archMatches(t)
	if err != nil || len(c.Arches) > 0 && !arch {
		return false, err
	}
	kernel, err := c.kernelMatches(t)
	if err != nil || c.MinKernel != nil && !kernel {
		return false, err
	}
	return t.Capabilities.Has(c.Capabilities), nil
}

func (c *Condition) archMatches(t Target) (bool, error) {
	if len(c.Arches) > 0 && t.Facts.GOARCH == "" {
		return false, errors.New("the rule is for some architectures, and the host's is not known")
	}
	return slices.Contains(c.Arches, dockerArch(t.Facts.GOARCH)), nil
}

func (c *Condition) kernelMatches(t Target) (bool, error) {
	if c.MinKernel == nil {
		return false, nil
	}
	if t.Facts.Kernel == (host.Version{}) {
		return false, errors.New("the rule is for some kernels, and the host's is not known")
	}
	return t.Facts.Kernel.AtLeast(*c.MinKernel), nil
}
