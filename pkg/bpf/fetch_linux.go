package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Fetch reads the filters of a thread from the kernel, the oldest first; a process id stands for the process's first thread.
// There are three outcomes: the filters, none (no filter and no error), and an error, which says why it cannot be told.
//
// A thread with filters is stopped with ptrace(2) for as long as the reading takes, well under a millisecond, at the end of which
// it goes on as before: stopped where it was stopped, with the signals that came meanwhile. Its epoll_wait, semtimedop
// and sigtimedwait then return EINTR; so does, on x86-64, a call that it would go on with and its filters deny by now. It is let go even where this process is killed. One that does not stop within wait, because it
// sleeps in the kernel, cannot be told. The caller needs CAP_SYS_ADMIN, and must have no filter itself.
func Fetch(tid int, wait time.Duration) ([]Program, error) {
	s, err := readStatus(tid)
	if err != nil {
		return nil, fmt.Errorf("fetch filters of %d: %w", tid, err)
	}
	switch s.mode {
	case unix.SECCOMP_MODE_DISABLED:
		return nil, nil
	case unix.SECCOMP_MODE_STRICT:
		return nil, fmt.Errorf("fetch filters of %d: it is in seccomp's strict mode, which has no filter", tid)
	}
	var list []Program
	onDyingThread(func() { list, err = fetch(tid, wait, around{}) })
	if err != nil {
		return nil, fmt.Errorf("fetch filters of %d: %w", tid, err)
	}
	return list, nil
}

// around is what is done about a thread when it is traced and goes on yet, where an error leaves it alone, and when it is stopped
// and its filters are read.
type around struct {
	before func() error
	within func()
}

// onDyingThread runs a function on a thread of its own that ends with it: then the kernel lets go of everything that the
// thread traces. The first thread of a process does not end with its goroutine, and is not used.
func onDyingThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			onDyingThread(f)
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
	<-done
}

func fetch(tid int, wait time.Duration, a around) ([]Program, error) {
	if err := seize(tid, wait); err != nil {
		return nil, err
	}
	if a.before != nil {
		if err := a.before(); err != nil {
			return nil, err
		}
	}
	if err := ptrace(unix.PTRACE_INTERRUPT, tid, 0); err != nil {
		return nil, fmt.Errorf("stop it: %w", err)
	}
	signal, err := stopped(tid, wait)
	if err != nil {
		return nil, err
	}
	list, err := readFilters(tid)
	if err == nil {
		spare(tid, list)
		if a.within != nil {
			a.within()
		}
	}
	if letGo := ptrace(unix.PTRACE_DETACH, tid, uintptr(signal)); err == nil && letGo != nil {
		err = fmt.Errorf("let go of it: %w", letGo)
	}
	return list, err
}

// seize begins to trace a thread. One that somebody else traces is tried again until the time is over: that can be another
// reader, who lets go in a moment.
func seize(tid int, wait time.Duration) error {
	free := 0
	for end := time.Now().Add(wait); ; time.Sleep(100 * time.Microsecond) {
		err := ptrace(unix.PTRACE_SEIZE, tid, 0)
		if err == nil {
			return nil
		}
		s, gone := readStatus(tid)
		switch {
		case gone != nil:
			return gone
		case s.group == unix.Getpid():
			return errors.New("a process cannot read its own filters")
		case s.tracer == 0:
			// It can have been let go of between the two looks.
			if free++; free > 3 || !errors.Is(err, unix.EPERM) {
				return fmt.Errorf("trace it: %w", err)
			}
		case time.Now().After(end):
			return fmt.Errorf("thread %d traces it already", s.tracer)
		}
	}
}

// stopped waits until a thread has stopped, and returns the signal that it stopped for and is to get, or 0. The stop is left
// to be waited for: if this process dies now, the kernel still delivers the signal.
func stopped(tid int, wait time.Duration) (int32, error) {
	end := time.Now().Add(wait)
	for pause := 10 * time.Microsecond; ; pause = min(2*pause, time.Millisecond) {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, tid, &info, unix.WEXITED|unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT|unix.WALL, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, fmt.Errorf("wait for it: %w", err)
		case info.Signo == 0: // not yet
		case info.Code != 4: // CLD_TRAPPED
			return 0, errors.New("it ended")
		default:
			if s := statusOf(&info); s>>8 == 0 { // no event of ptrace's
				return s, nil
			}
			return 0, nil
		}
		if time.Now().After(end) {
			return 0, fmt.Errorf("it did not stop within %s", wait)
		}
		time.Sleep(pause)
	}
}

// statusOf returns si_status, which follows si_pid and si_uid, and those three int32 or, with pointers of 64 bits, four.
func statusOf(info *unix.Siginfo) int32 {
	words := (*[8]int32)(unsafe.Pointer(info))
	if unsafe.Sizeof(uintptr(0)) == 8 {
		return words[6]
	}
	return words[5]
}

// readFilters reads the filters of a thread that this one has stopped.
func readFilters(tid int) ([]Program, error) {
	var list []Program
	var buffer [maxInstructions]unix.SockFilter
	for {
		n, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SECCOMP_GET_FILTER, uintptr(tid), uintptr(len(list)), uintptr(unsafe.Pointer(&buffer)), 0, 0)
		switch errno {
		case 0:
		case unix.ENOENT:
			if len(list) == 0 {
				return nil, errors.New("the kernel says that it has one and shows none")
			}
			return list, nil
		case unix.EACCES:
			return nil, fmt.Errorf("read filter %d: %w: it takes CAP_SYS_ADMIN, and no filter on the reader", len(list), errno)
		case unix.EMEDIUMTYPE:
			return nil, fmt.Errorf("read filter %d: the kernel did not keep it: %w", len(list), errno)
		case unix.EIO, unix.EINVAL:
			return nil, fmt.Errorf("read filter %d: the kernel was built without CONFIG_CHECKPOINT_RESTORE: %w", len(list), errno)
		default:
			return nil, fmt.Errorf("read filter %d: %w", len(list), errno)
		}
		p := make(Program, n)
		for i, x := range buffer[:n] {
			p[i] = Instruction{Code: x.Code, Jt: x.Jt, Jf: x.Jf, K: x.K}
		}
		if err := p.Check(); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
}

func ptrace(request, tid int, data uintptr) error {
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), 0, data, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// errGone is the error for a process that does not run, or ended. It is os.ErrNotExist.
var errGone error = gone{}

type gone struct{}

func (gone) Error() string        { return "no such process" }
func (gone) Is(target error) bool { return target == os.ErrNotExist }

// status is what /proc says of a thread.
type status struct{ group, tracer, mode int }

func readStatus(tid int) (status, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/status")
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return status{}, errGone
	}
	if err != nil {
		return status{}, err
	}
	s := status{mode: -1}
	for line := range bytes.Lines(text) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
		if err != nil {
			continue
		}
		switch string(key) {
		case "Tgid":
			s.group = n
		case "TracerPid":
			s.tracer = n
		case "Seccomp":
			s.mode = n
		}
	}
	if s.mode < 0 {
		return s, errors.New("the kernel was built without seccomp")
	}
	return s, nil
}
