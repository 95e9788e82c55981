package bpf

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Waiter is what is known of a thread that waits.
type Waiter struct {
	TID int
	// Alone says that its process has no other thread, which could change what a file descriptor stands for meanwhile.
	Alone bool
	// Starting says that it is the OCI runtime's, in a container that was created and not started: it opens a FIFO then, and
	// waits for whoever starts the container to do so.
	Starting bool
}

// Resumes reports whether the kernel takes a call up again after a stop, under its own number and with nothing done yet, so
// that the program sees nothing of it. The list is short. Not on it is what returns EINTR after a stop (epoll_wait,
// semtimedop, sigtimedwait, io_getevents, sockets with a timeout: signal(7)), what returns a part of what was asked for (write),
// and what goes on as restart_syscall(2), which the thread's filter may deny (nanosleep, poll, anything with a timeout). TestResumes
// holds each entry against the kernel.
func (c Call) Resumes(w Waiter) bool {
	abi, _ := syscalls.Native(runtime.GOARCH)
	table, ok := syscalls.Table(abi)
	if !ok {
		return false
	}
	name, _ := table.Name(c.Number)
	resumes := resuming[name]
	return resumes != nil && resumes(c, w)
}

var resuming = map[string]func(Call, Waiter) bool{
	"pause":         func(Call, Waiter) bool { return true },
	"rt_sigsuspend": func(Call, Waiter) bool { return true },
	"wait4":         func(Call, Waiter) bool { return true },
	"waitid":        func(Call, Waiter) bool { return true },
	"futex":         func(c Call, _ Waiter) bool { return waitsFor(c.Args[1]) && c.Args[3] == 0 },
	"select":        func(c Call, w Waiter) bool { return w.Alone && c.Args[4] == 0 },
	"pselect6":      func(c Call, w Waiter) bool { return w.Alone && c.Args[4] == 0 },
	"ppoll":         func(c Call, w Waiter) bool { return w.Alone && c.Args[2] == 0 },
	"read":          func(c Call, w Waiter) bool { return w.Alone && w.pipe(c.Args[0]) },
	"readv":         func(c Call, w Waiter) bool { return w.Alone && w.pipe(c.Args[0]) },
	"open":          func(_ Call, w Waiter) bool { return w.Starting },
	"openat":        func(_ Call, w Waiter) bool { return w.Starting },
}

// waitsFor reports whether an operation of futex(2) is FUTEX_WAIT or FUTEX_WAIT_BITSET.
func waitsFor(op uint64) bool {
	const private, clock = 128, 256
	op = uint64(uint32(op)) &^ (private | clock)
	return op == 0 || op == 9
}

// pipe reports whether a file descriptor of a thread is a pipe's. Other files, as a socket or a terminal, can have it that a
// read returns EINTR, or less than it would have.
func (w Waiter) pipe(fd uint64) bool {
	link, err := os.Readlink("/proc/" + strconv.Itoa(w.TID) + "/fd/" + strconv.FormatUint(uint64(uint32(fd)), 10))
	return err == nil && strings.HasPrefix(link, "pipe:[")
}
