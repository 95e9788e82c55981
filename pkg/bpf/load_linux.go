package bpf

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Load adds a filter to those of the calling thread, whose goroutine must be locked to it, for good. Flags are
// those of seccomp(2) (unix.SECCOMP_FILTER_FLAG_TSYNC and others) but for NEW_LISTENER. The thread needs CAP_SYS_ADMIN or
// no_new_privs.
//
// What the calling goroutine does next is done under the filter, the signals of Go's scheduler included.
func Load(p Program, flags uintptr) error {
	if err := p.Check(); err != nil {
		return err
	}
	list := make([]unix.SockFilter, len(p))
	for i, x := range p {
		list[i] = unix.SockFilter{Code: x.Code, Jt: x.Jt, Jf: x.Jf, K: x.K}
	}
	prog := unix.SockFprog{Len: uint16(len(list)), Filter: &list[0]}
	thread, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
	switch {
	case errno != 0:
		return fmt.Errorf("load filter: %w", errno)
	case thread != 0:
		return fmt.Errorf("load filter: thread %d has another one", thread)
	}
	return nil
}
