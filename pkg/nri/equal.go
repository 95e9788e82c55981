package nri

import (
	"slices"

	"github.com/containerd/nri/pkg/api"
)

// equal reports whether two filters are the same, field by field. It is what every container's validation asks, and
// allocates nothing, as comparing messages in general does for each field.
func equal(a, b *api.LinuxSeccomp) bool {
	return a.GetDefaultAction() == b.GetDefaultAction() && equalErrno(a.GetDefaultErrno(), b.GetDefaultErrno()) &&
		slices.Equal(a.GetArchitectures(), b.GetArchitectures()) && slices.Equal(a.GetFlags(), b.GetFlags()) &&
		a.GetListenerPath() == b.GetListenerPath() && a.GetListenerMetadata() == b.GetListenerMetadata() &&
		slices.EqualFunc(a.GetSyscalls(), b.GetSyscalls(), equalRule)
}

func equalRule(a, b *api.LinuxSyscall) bool {
	return a.GetAction() == b.GetAction() && equalErrno(a.GetErrnoRet(), b.GetErrnoRet()) && slices.Equal(a.GetNames(), b.GetNames()) &&
		slices.EqualFunc(a.GetArgs(), b.GetArgs(), func(x, y *api.LinuxSeccompArg) bool {
			return x.GetIndex() == y.GetIndex() && x.GetOp() == y.GetOp() && x.GetValue() == y.GetValue() && x.GetValueTwo() == y.GetValueTwo()
		})
}

func equalErrno(a, b *api.OptionalUInt32) bool {
	return (a == nil) == (b == nil) && a.GetValue() == b.GetValue()
}
