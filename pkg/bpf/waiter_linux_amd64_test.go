package bpf

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

func init() { roles["waiter"] = waiter }

// wait is a call that waits, and what ends it.
type wait struct {
	number uintptr
	args   [6]uintptr
	end    func(tid int)
}

// Memory that the kernel reads for as long as a call waits does not move.
var (
	word    uint32
	buffer  [16]byte
	reads   unix.FdSet
	polled  [1]unix.PollFd
	vector  [1]unix.Iovec
	mask    = ^uint64(0) &^ (1 << (unix.SIGUSR1 - 1))
	path    [256]byte
	day     = unix.Timespec{Sec: 86400}
	events  [1]unix.EpollEvent
	waiting = [1]struct {
		number    uint16
		operation int16
		flags     int16
	}{{operation: -1}}
	info unix.Siginfo
)

func addr[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// killing kills a process that makes a call.
func killing(nr uint32) Program {
	p := errnoFor(nr, 0)
	p[2].K = unix.SECCOMP_RET_KILL_PROCESS
	return p
}

// waits makes what a call needs to wait.
func waits(name string) wait {
	var ends [2]int
	if err := unix.Pipe(ends[:]); err != nil {
		panic(err)
	}
	fd := ends[0]
	write := func(int) { must(unix.Write(ends[1], []byte{7})) }
	wake := func(int) {
		atomic.StoreUint32(&word, 1)
		_, _, _ = unix.Syscall6(unix.SYS_FUTEX, addr(&word), 1, 1, 0, 0, 0) // FUTEX_WAKE
	}
	strike := func(tid int) { _ = unix.Tgkill(unix.Getpid(), tid, unix.SIGUSR1) }
	child := func() (pid uintptr, end func(int)) {
		cmd := exec.Command("cat")
		in := must(cmd.StdinPipe())
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		return uintptr(cmd.Process.Pid), func(int) { _ = in.Close() }
	}
	reads.Set(fd)
	polled[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	vector[0] = unix.Iovec{Base: &buffer[0], Len: 16}
	switch name {
	case "pause":
		return wait{unix.SYS_PAUSE, [6]uintptr{}, strike}
	case "pause denied":
		return wait{unix.SYS_PAUSE, [6]uintptr{}, nil}
	case "rt_sigsuspend":
		return wait{unix.SYS_RT_SIGSUSPEND, [6]uintptr{addr(&mask), 8}, strike}
	case "wait4":
		pid, end := child()
		return wait{unix.SYS_WAIT4, [6]uintptr{pid}, end}
	case "waitid":
		pid, end := child()
		return wait{unix.SYS_WAITID, [6]uintptr{unix.P_PID, pid, addr(&info), unix.WEXITED}, end}
	case "futex":
		return wait{unix.SYS_FUTEX, [6]uintptr{addr(&word)}, wake}
	case "futex private":
		return wait{unix.SYS_FUTEX, [6]uintptr{addr(&word), 128}, func(int) {
			atomic.StoreUint32(&word, 1)
			_, _, _ = unix.Syscall6(unix.SYS_FUTEX, addr(&word), 1|128, 1, 0, 0, 0)
		}}
	case "futex bitset":
		return wait{unix.SYS_FUTEX, [6]uintptr{addr(&word), 9 | 256, 0, 0, 0, ^uintptr(0)}, wake}
	case "futex timed":
		return wait{unix.SYS_FUTEX, [6]uintptr{addr(&word), 0, 0, addr(&day)}, wake}
	case "select":
		return wait{unix.SYS_SELECT, [6]uintptr{uintptr(fd + 1), addr(&reads)}, write}
	case "pselect6":
		return wait{unix.SYS_PSELECT6, [6]uintptr{uintptr(fd + 1), addr(&reads)}, write}
	case "ppoll":
		return wait{unix.SYS_PPOLL, [6]uintptr{addr(&polled[0]), 1, 0, addr(&mask), 8}, write}
	case "poll":
		return wait{unix.SYS_POLL, [6]uintptr{addr(&polled[0]), 1, ^uintptr(0)}, write}
	case "read":
		return wait{unix.SYS_READ, [6]uintptr{uintptr(fd), addr(&buffer[0]), 16}, write}
	case "readv":
		return wait{unix.SYS_READV, [6]uintptr{uintptr(fd), addr(&vector[0]), 1}, write}
	case "open", "openat":
		fifo := filepath.Join(os.Getenv("DIR"), "fifo")
		if err := unix.Mkfifo(fifo, 0o600); err != nil {
			panic(err)
		}
		copy(path[:], fifo)
		end := func(int) { must(unix.Open(fifo, unix.O_RDONLY|unix.O_NONBLOCK, 0)) }
		if name == "open" {
			return wait{unix.SYS_OPEN, [6]uintptr{addr(&path[0]), unix.O_WRONLY}, end}
		}
		return wait{unix.SYS_OPENAT, [6]uintptr{^uintptr(99), addr(&path[0]), unix.O_WRONLY}, end}
	case "epoll_wait":
		epoll := must(unix.EpollCreate1(0))
		return wait{unix.SYS_EPOLL_WAIT, [6]uintptr{uintptr(epoll), addr(&events[0]), 1, ^uintptr(0)}, nil}
	case "semtimedop":
		id, _, _ := unix.Syscall(unix.SYS_SEMGET, unix.IPC_PRIVATE, 1, 0o600)
		return wait{unix.SYS_SEMTIMEDOP, [6]uintptr{id, addr(&waiting[0]), 1, addr(&day)}, nil}
	case "rt_sigtimedwait":
		unused := uint64(1) << (unix.SIGUSR1 - 1)
		buffer[0], buffer[1] = byte(unused), byte(unused>>8)
		return wait{unix.SYS_RT_SIGTIMEDWAIT, [6]uintptr{addr(&buffer[0]), 0, addr(&day), 8}, strike}
	case "nanosleep":
		return wait{unix.SYS_NANOSLEEP, [6]uintptr{addr(&day)}, nil}
	}
	panic("no call " + name)
}

// waiter makes one call on a thread of its own, says the thread's id, and what the call returned. SIGUSR2 ends the call. The
// filter denies restart_syscall.
func waiter() {
	w := waits(os.Getenv("CALL"))
	signal.Notify(make(chan os.Signal, 9), unix.SIGUSR1)
	end := make(chan os.Signal, 1)
	signal.Notify(end, unix.SIGUSR2)
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	if err := Load(errnoFor(unix.SYS_RESTART_SYSCALL, uint32(unix.EDOM)), unix.SECCOMP_FILTER_FLAG_TSYNC); err != nil {
		panic(err)
	}
	tid := make(chan int)
	go func() {
		runtime.LockOSThread()
		// Only this thread's own signal reaches it.
		own := unix.Sigset_t{}
		own.Val[0] = mask
		if err := unix.PthreadSigmask(unix.SIG_SETMASK, &own, nil); err != nil {
			panic(err)
		}
		tid <- unix.Gettid()
		r, _, errno := unix.Syscall6(w.number, w.args[0], w.args[1], w.args[2], w.args[3], w.args[4], w.args[5])
		fmt.Println("returned", int(r), int(errno))
	}()
	id := <-tid
	fmt.Println(id)
	<-end
	if w.end == nil { // a filter that kills whoever makes the call, for the thread that waits in it too
		if err := Load(killing(uint32(w.number)), unix.SECCOMP_FILTER_FLAG_TSYNC); err != nil {
			panic(err)
		}
		fmt.Println("loaded")
		select {}
	}
	w.end(id)
	select {}
}
