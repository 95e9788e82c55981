package enforce

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// sameText reports whether two filters are the same in everything that is written in them, order included. It is asked for
// every container, and is much quicker than a comparison by reflection.
func sameText(a, b *specs.LinuxSeccomp) bool {
	if a == nil || b == nil || a == b {
		return a == b
	}
	return a.DefaultAction == b.DefaultAction && sameErrno(a.DefaultErrnoRet, b.DefaultErrnoRet) &&
		slices.Equal(a.Architectures, b.Architectures) &&
		(a.Flags == nil) == (b.Flags == nil) && slices.Equal(a.Flags, b.Flags) && // absent flags are not empty ones
		a.ListenerPath == b.ListenerPath && a.ListenerMetadata == b.ListenerMetadata &&
		slices.EqualFunc(a.Syscalls, b.Syscalls, func(x, y specs.LinuxSyscall) bool {
			return x.Action == y.Action && sameErrno(x.ErrnoRet, y.ErrnoRet) && slices.Equal(x.Names, y.Names) && slices.Equal(x.Args, y.Args)
		})
}

func sameErrno(a, b *uint) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
