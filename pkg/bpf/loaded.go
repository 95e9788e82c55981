package bpf

import (
	"errors"
	"fmt"
	"runtime"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// WeakerError says that a process may make a call which its filter was to deny.
type WeakerError struct{ message string }

func (e *WeakerError) Error() string { return e.message }

// Holds holds the filters that the kernel has of a process against the one that it was to get: by what they mean, since runtimes
// do not load the same filter twice in the same bytes. Nil is no filter, and nothing to hold against. The error is a *WeakerError
// with a call that the kernel permits and the filter denies, or says why it cannot be told.
func Holds(stack []Program, filter *specs.LinuxSeccomp) error {
	switch {
	case filter == nil:
		return nil
	case len(stack) == 0:
		return &WeakerError{"the configuration has a filter, and the kernel has loaded none"}
	}
	native, ok := syscalls.Native(runtime.GOARCH)
	if !ok {
		return errors.New("compare filters: no table of system calls for this machine")
	}
	want, _, err := algebra.Read(filter, algebra.Env{Native: native})
	if err != nil {
		return fmt.Errorf("compare filters: %w", err)
	}
	have, err := Meaning(stack, Cut)
	if err != nil {
		return fmt.Errorf("compare filters: %w", err)
	}
	if weaker := algebra.Compare(have, want).Weaker; len(weaker) > 0 {
		w := weaker[0]
		return &WeakerError{fmt.Sprintf("the kernel answers %s to %s, and the configuration says %s", w.A, w.Call, w.B)}
	}
	return nil
}
