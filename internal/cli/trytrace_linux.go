package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/atomicfile"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// traced runs a command and lists what its filter denies.
func (t *trier) traced(tr *trial) error {
	runtime.LockOSThread() // ptrace(2) knows one thread
	defer runtime.UnlockOSThread()
	tc, err := startTraced(tr)
	if err != nil {
		return fmt.Errorf("trace the command: %w", err)
	}
	code, err := tc.follow()
	if err != nil {
		return err
	}
	a := tryTraceAnswer{Profile: tr.name, Command: tr.args, Exit: code, Denied: tc.denials.list()}
	if err := t.report(a); err != nil {
		return err
	}
	return &commandEnded{code}
}

// report writes the list to a file, or where the talk goes: the command's output is the answer.
func (t *trier) report(a tryTraceAnswer) error {
	to := *t.console
	if t.traceFile == "" {
		to.out = t.err
		return to.print(a)
	}
	return atomicfile.WriteFunc(t.traceFile, 0o600, func(w io.Writer) error {
		to.out = w
		return to.print(a)
	})
}

// tracer follows a command and all that it starts.
type tracer struct {
	*child
	denials *deniedCalls
	execve  uint64
	// calling says that the child is about to become the command, started that it did.
	calling, started bool
	failed           error
}

const traceOptions = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK |
	unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL

// startTraced starts the child, and lets it go on when it is traced.
func startTraced(tr *trial) (*tracer, error) {
	c, err := handOver(tr.start())
	if err != nil {
		return nil, err
	}
	native, _ := syscalls.Native(runtime.GOARCH)
	table, _ := syscalls.Table(native)
	nr, _ := table.Number("execve")
	t := &tracer{child: c, denials: newDeniedCalls(tr), execve: uint64(nr)}
	if err := ptrace(unix.PTRACE_SEIZE, c.tid, traceOptions); err != nil {
		return nil, err
	}
	if err := ptrace(unix.PTRACE_INTERRUPT, c.tid, 0); err != nil {
		return nil, err
	}
	var ws unix.WaitStatus
	for {
		if _, err := unix.Wait4(c.tid, &ws, unix.WALL, nil); !errors.Is(err, unix.EINTR) {
			if err != nil {
				return nil, err
			}
			break
		}
	}
	if err := t.resume(c.tid, ws); err != nil {
		return nil, err
	}
	_, err = c.begin.Write([]byte{1})
	return t, err
}

// follow runs the command to the end of its last process, and returns the exit code of the first.
func (t *tracer) follow() (int, error) {
	// A terminal sends its signals to the command, too; what is sent to this process alone is handed on.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT)
	defer signal.Stop(signals)
	go func() {
		for s := range signals {
			if s == unix.SIGTERM || s == unix.SIGHUP {
				_ = unix.Kill(t.pid, s.(syscall.Signal))
			}
		}
	}()
	code := exitTry
	for {
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-1, &ws, unix.WALL, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ECHILD):
			if t.failed != nil {
				return 0, t.failed
			}
			return code, nil
		case err != nil:
			return 0, fmt.Errorf("wait for the command: %w", err)
		case ws.Exited() && pid == t.pid:
			code = ws.ExitStatus()
		case ws.Signaled() && pid == t.pid:
			code = 128 + int(ws.Signal())
		case ws.Stopped():
			if err := t.resume(pid, ws); err != nil && !errors.Is(err, unix.ESRCH) { // it was killed
				return 0, fmt.Errorf("trace the command: %w", err)
			}
		}
	}
}

// The events of ptrace(2) that are looked at, in the upper half of a wait status.
const (
	eventExec = unix.PTRACE_EVENT_EXEC
	eventStop = 128 // PTRACE_EVENT_STOP
)

// resume takes a stop in and lets the thread go on.
func (t *tracer) resume(pid int, ws unix.WaitStatus) error {
	sig, event := ws.StopSignal(), int(ws)>>16
	switch {
	case sig == unix.SIGTRAP|0x80:
		if err := t.call(pid); err != nil {
			return err
		}
		sig = 0
	case event == eventStop && (sig == unix.SIGSTOP || sig == unix.SIGTSTP || sig == unix.SIGTTIN || sig == unix.SIGTTOU):
		return ptrace(unix.PTRACE_LISTEN, pid, 0) // it stays stopped until SIGCONT
	case event != 0:
		t.started = t.started || event == eventExec
		sig = 0
	}
	return ptrace(unix.PTRACE_SYSCALL, pid, uintptr(sig))
}

// callInfo is a struct ptrace_syscall_info.
type callInfo struct {
	op     uint8
	_      [3]uint8
	arch   uint32
	ip, sp uint64
	a      [7]uint64 // of an entry the number and the arguments, of an exit the result
}

const (
	getCallInfo = 0x420e // PTRACE_GET_SYSCALL_INFO, Linux 5.3
	callEntry   = 1
	callExit    = 2
)

// call looks at a call that begins, before the kernel's filters do (Linux 4.8), or ends.
func (t *tracer) call(pid int) error {
	var info callInfo
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, getCallInfo, uintptr(pid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 {
		return fmt.Errorf("look at a call: %w", errno)
	}
	switch {
	case info.op == callEntry && (t.started || info.a[0] == t.execve):
		t.calling = true
		data := bpf.Data{Nr: uint32(info.a[0]), Arch: info.arch, InstructionPointer: info.ip}
		copy(data.Args[:], info.a[1:])
		t.denials.see(&data)
	case info.op == callExit && t.calling && !t.started && int64(info.a[0]) < 0:
		t.failed = &startError{exitCannotRun, fmt.Errorf("run the command: %w", unix.Errno(-int64(info.a[0])))}
	}
	return nil
}

func ptrace(request, pid int, data uintptr) error {
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(pid), 0, data, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
