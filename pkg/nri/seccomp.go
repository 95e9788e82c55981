package nri

import (
	"slices"

	"github.com/containerd/nri/pkg/api"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
)

// fromNRI returns a filter as the OCI spec has it; nil for none. What is empty in NRI is absent.
func fromNRI(s *api.LinuxSeccomp) *specs.LinuxSeccomp {
	if s == nil {
		return nil
	}
	f := &specs.LinuxSeccomp{
		DefaultAction:    specs.LinuxSeccompAction(s.GetDefaultAction()),
		DefaultErrnoRet:  errno(s.GetDefaultErrno()),
		ListenerPath:     s.GetListenerPath(),
		ListenerMetadata: s.GetListenerMetadata(),
	}
	for _, a := range s.GetArchitectures() {
		f.Architectures = append(f.Architectures, specs.Arch(a))
	}
	for _, flag := range s.GetFlags() {
		f.Flags = append(f.Flags, specs.LinuxSeccompFlag(flag))
	}
	for _, c := range s.GetSyscalls() {
		rule := specs.LinuxSyscall{
			Names: slices.Clone(c.GetNames()), Action: specs.LinuxSeccompAction(c.GetAction()), ErrnoRet: errno(c.GetErrnoRet()),
		}
		for _, a := range c.GetArgs() {
			rule.Args = append(rule.Args, specs.LinuxSeccompArg{
				Index: uint(a.GetIndex()), Value: a.GetValue(), ValueTwo: a.GetValueTwo(), Op: specs.LinuxSeccompOperator(a.GetOp()),
			})
		}
		f.Syscalls = append(f.Syscalls, rule)
	}
	return f
}

func errno(o *api.OptionalUInt32) *uint {
	if o == nil {
		return nil
	}
	n := uint(o.GetValue())
	return &n
}

// toNRI returns a filter as an adjustment carries it; nil for none (api.FromOCILinuxSeccomp panics on it).
func toNRI(f *specs.LinuxSeccomp) *api.LinuxSeccomp {
	if f == nil {
		return nil
	}
	return api.FromOCILinuxSeccomp(f)
}

// current returns the filter that a container would have without us.
func current(ctr *api.Container, rep reports) enforce.Current {
	if !rep.current {
		return enforce.Current{State: enforce.CurrentUnknown}
	}
	f := fromNRI(ctr.GetLinux().GetSeccompPolicy())
	// An empty section is no filter: runc takes it for one that was never set, and crun starts no container with it.
	if f == nil || (f.DefaultAction == "" && len(f.Syscalls) == 0) {
		return enforce.Current{State: enforce.CurrentNone}
	}
	p := ctr.GetLinux().GetSeccompProfile()
	return enforce.Current{
		State: enforce.CurrentFilter, Filter: f,
		RuntimeDefault: rep.request && p != nil && p.GetProfileType() == api.SecurityProfile_RUNTIME_DEFAULT,
	}
}
