package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"unsafe"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/bpf"
)

// loadFlags are the flags that a filter is loaded with. The others are about threads, of which there is one, and listeners.
var loadFlags = map[specs.LinuxSeccompFlag]uintptr{
	specs.LinuxSeccompFlagLog: unix.SECCOMP_FILTER_FLAG_LOG, specs.LinuxSeccompFlagSpecAllow: unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
}

// start is all that it takes to start a command under a filter.
type start struct {
	Programs   []bpf.Program
	Flags      uintptr
	NoNewPrivs bool
	Path       string
	Args       []string
}

func (tr *trial) start() start {
	s := start{Programs: tr.programs, NoNewPrivs: tr.noNewPrivs, Path: tr.path, Args: tr.args}
	for _, f := range tr.flags {
		s.Flags |= loadFlags[f]
	}
	return s
}

// exec becomes the command. It returns only where that fails.
func (tr *trial) exec() error { return tr.start().become(func() error { return nil }) }

// become becomes the command. Between the filter and execve(2) there is no other call: the profile need not permit any.
// wait is called before that, when the thread is the one that will be the command.
func (s start) become(wait func() error) error {
	path, err := unix.BytePtrFromString(s.Path)
	if err != nil {
		return err
	}
	args, err := syscall.SlicePtrFromStrings(s.Args)
	if err != nil {
		return err
	}
	env, err := syscall.SlicePtrFromStrings(os.Environ())
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	debug.SetGCPercent(-1) // no signal of the collector to this thread: returning from its handler is a call
	// Go raises the soft limit of files for itself. Exec puts it back, and then fails for want of a name.
	_ = syscall.Exec("", nil, nil)
	if s.NoNewPrivs {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("set no_new_privs: %w", err)
		}
	}
	if err := wait(); err != nil {
		return err
	}
	for _, p := range s.Programs {
		if err := bpf.Load(p, s.Flags); errors.Is(err, unix.EACCES) && !s.NoNewPrivs {
			return fmt.Errorf("%w: without --no-new-privs it takes CAP_SYS_ADMIN", err)
		} else if err != nil {
			return err
		}
	}
	_, _, errno := unix.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&args[0])), uintptr(unsafe.Pointer(&env[0])))
	return &startError{exitCannotRun, fmt.Errorf("run %q: %w", s.Path, errno)}
}
