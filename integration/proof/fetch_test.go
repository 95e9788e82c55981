package main

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/bpf"
)

// fetch reads the filters of a process from the kernel, the newest first.
func fetch(pid int) ([]bpf.Program, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.PtraceSeize(pid); err != nil {
		return nil, fmt.Errorf("trace %d: %w", pid, err)
	}
	defer unix.PtraceDetach(pid)
	if err := unix.PtraceInterrupt(pid); err != nil {
		return nil, fmt.Errorf("interrupt %d: %w", pid, err)
	}
	if _, err := unix.Wait4(pid, nil, unix.WALL, nil); err != nil {
		return nil, fmt.Errorf("wait for %d: %w", pid, err)
	}
	var list []bpf.Program
	for at := uintptr(0); ; at++ {
		buffer := make([]unix.SockFilter, 4096)
		n, _, errno := unix.Syscall6(unix.SYS_PTRACE, 0x420c, uintptr(pid), at, uintptr(unsafe.Pointer(&buffer[0])), 0, 0) // PTRACE_SECCOMP_GET_FILTER
		if errno == unix.ENOENT {
			return list, nil
		}
		if errno != 0 {
			return nil, fmt.Errorf("read filter %d of %d: %w", at, pid, errno)
		}
		p := make(bpf.Program, n)
		for i, x := range buffer[:n] {
			p[i] = bpf.Instruction{Code: x.Code, Jt: x.Jt, Jf: x.Jf, K: x.K}
		}
		list = append(list, p)
	}
}
