package trace_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/denial/trace"
)

// TestMain is the test, or a process that is denied socket(2) with EACCES: it begins when it can read.
func TestMain(m *testing.M) {
	if os.Getenv("SECCOMPD_TEST_DENIED") == "" {
		os.Exit(m.Run())
	}
	if err := denied(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func denied() error {
	runtime.LockOSThread()
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_SOCKET, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x50000 | uint32(unix.EACCES)},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x7fff0000},
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, 1, 0, uintptr(unsafe.Pointer(&prog))); errno != 0 {
		return errno
	}
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
		return err
	}
	for i := range 5 {
		if _, err := unix.Socket(unix.AF_ALG, unix.SOCK_SEQPACKET, i); !errors.Is(err, unix.EACCES) {
			return fmt.Errorf("socket: %w", err)
		}
	}
	return nil
}

func TestRun(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("tracing needs root: run the tests as root")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "SECCOMPD_TEST_DENIED=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	before := links(t)
	go func() {
		for links(t) < before+2 { // then it is traced
			time.Sleep(10 * time.Millisecond)
		}
		_, _ = io.WriteString(in, "x")
	}()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []trace.Call
	res, err := trace.Run(ctx, trace.Options{PID: uint32(cmd.Process.Pid), For: 2 * time.Minute}, func(c trace.Call) {
		if got = append(got, c); len(got) == 5 {
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if len(got) != 5 || res.Lost != 0 {
		t.Fatalf("%d calls were denied: %+v, %+v", len(got), got, res)
	}
	for i, c := range got {
		if c.Arch != specs.ArchX86_64 || c.NR != unix.SYS_SOCKET || c.Args[0] != unix.AF_ALG || c.Args[1] != unix.SOCK_SEQPACKET || c.Args[2] != uint64(i) || c.Errno != uint(unix.EACCES) {
			t.Errorf("call %d: %+v", i, c)
		}
	}
}

// links is how many programs this process has attached.
func links(t *testing.T) (n int) {
	t.Helper()
	open, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Error(err)
	}
	for _, fd := range open {
		if what, err := os.Readlink(fd); err == nil && strings.Contains(what, "bpf") && strings.Contains(what, "link") {
			n++
		}
	}
	return n
}

func TestTheMachinesOwnNamespaceIsRefused(t *testing.T) {
	_, err := trace.Run(t.Context(), trace.Options{PID: uint32(os.Getpid()), For: time.Millisecond}, func(trace.Call) {})
	if !errors.Is(err, trace.ErrHostPID) {
		t.Error(err)
	}
}

// BenchmarkCall is what a call costs while another container is traced, and while none is.
func BenchmarkCall(b *testing.B) {
	call := func(b *testing.B) {
		for b.Loop() {
			_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
		}
	}
	b.Run("free", call)
	cmd := exec.Command("/bin/sleep", "600")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := trace.Run(ctx, trace.Options{PID: uint32(cmd.Process.Pid), For: time.Minute}, func(trace.Call) {}); err != nil {
			b.Error(err)
		}
	}()
	time.Sleep(time.Second)
	b.Run("traced", call)
	cancel()
	<-done
}
