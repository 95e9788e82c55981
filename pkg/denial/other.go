//go:build !linux

package denial

import (
	"context"
	"errors"
)

// ErrNoAudit is the error where the kernel has no audit.
var ErrNoAudit = errors.New("this kernel has no audit here")

// ReadKernel asks the kernel how its audit is set.
func ReadKernel() (Kernel, error) { return Kernel{}, ErrNoAudit }

func (w *Watcher) kernel() {}

func (w *Watcher) parts() []func(context.Context) {
	return []func(context.Context){func(context.Context) { w.change(func(s *Stats) { s.Error = ErrNoAudit.Error() }) }}
}
