//go:build amd64 || arm64 || riscv64 || ppc64le || s390x || loong64

package syscalls_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// junk is a bit that a 64-bit kernel does not see in an argument of 32 bits.
const junk = uintptr(1) << 40

// at is AT_FDCWD as a register holds it.
const at = ^uintptr(99)

// memory is what the kernel reads and writes in these tests. It is neither on a stack, which moves, nor on the heap, which is
// collected: the calls take its addresses as numbers.
var memory struct {
	path   [4096]byte
	buf    [4096]byte
	pair   [2]int32
	one    int32
	length uint32
	action uint32
}

func pointer[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// The kernel is the judge of data/arguments.tsv: a call that works works as well with junk in the bits of an argument that
// the table says are not used.
func TestKernelCutsArguments(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(file, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	sock, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(sock) }()
	uts, err := unix.Open("/proc/self/ns/uts", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(uts) }()
	copy(memory.path[:len(memory.path)-1], file)
	memory.one, memory.length, memory.action = 1, 4, 0x80000000 // SECCOMP_RET_KILL_PROCESS
	var (
		pid = uintptr(os.Getpid())
		tid = uintptr(unix.Gettid())
		f   = uintptr(fd)
		s   = uintptr(sock)
		p   = pointer(&memory.path)
		b   = pointer(&memory.buf)
	)
	cases := []struct {
		name  string
		args  []uintptr
		opens bool // the result is a descriptor
	}{
		{"socket", []uintptr{unix.AF_UNIX, unix.SOCK_STREAM, 0}, true},
		{"socketpair", []uintptr{unix.AF_UNIX, unix.SOCK_STREAM, 0, pointer(&memory.pair)}, false},
		{"setsockopt", []uintptr{s, unix.SOL_SOCKET, unix.SO_KEEPALIVE, pointer(&memory.one), 4}, false},
		{"getsockopt", []uintptr{s, unix.SOL_SOCKET, unix.SO_KEEPALIVE, b, pointer(&memory.length)}, false},
		{"personality", []uintptr{0xffffffff}, false},
		{"prctl", []uintptr{unix.PR_GET_DUMPABLE, 0, 0, 0, 0}, false},
		{"keyctl", []uintptr{unix.KEYCTL_GET_KEYRING_ID, ^uintptr(2), 0}, false},
		{"seccomp", []uintptr{2, 0, pointer(&memory.action)}, false},
		{"fcntl", []uintptr{f, unix.F_GETFD, 0}, false},
		{"ioctl", []uintptr{f, unix.TIOCINQ, b}, false},
		{"flock", []uintptr{f, unix.LOCK_UN}, false},
		{"lseek", []uintptr{f, 0, 0}, false},
		{"dup", []uintptr{f}, true},
		{"setns", []uintptr{uintptr(uts), unix.CLONE_NEWUTS}, false},
		{"kill", []uintptr{pid, 0}, false},
		{"tkill", []uintptr{tid, 0}, false},
		{"tgkill", []uintptr{pid, tid, 0}, false},
		{"pidfd_open", []uintptr{pid, 0}, true},
		{"kcmp", []uintptr{pid, pid, 0, f, f}, false},
		{"openat", []uintptr{at, p, unix.O_RDONLY, 0}, true},
		{"faccessat", []uintptr{at, p, unix.R_OK}, false},
		{"faccessat2", []uintptr{at, p, unix.R_OK, 0}, false},
		{"fchmod", []uintptr{f, 0o600}, false},
		{"fchmodat", []uintptr{at, p, 0o600}, false},
		{"fchmodat2", []uintptr{at, p, 0o600, 0}, false},
		{"fchownat", []uintptr{at, p, uintptr(os.Getuid()), uintptr(os.Getgid()), 0}, false},
		{"umask", []uintptr{0o22}, false},
		{"newfstatat", []uintptr{at, p, b, 0}, false},
		{"statx", []uintptr{at, p, 0, 0, b}, false},
		{"fallocate", []uintptr{f, 0, 0, 1}, false},
		{"getrandom", []uintptr{b, 1, 0}, false},
		{"getpriority", []uintptr{0, 0}, false},
		{"ioprio_get", []uintptr{1, 0}, false},
		{"getpgid", []uintptr{pid}, false},
		{"getsid", []uintptr{pid}, false},
		{"getrusage", []uintptr{0, b}, false},
		{"prlimit64", []uintptr{pid, unix.RLIMIT_NOFILE, 0, b}, false},
		{"sched_getscheduler", []uintptr{pid}, false},
		{"sched_getaffinity", []uintptr{pid, 128, b}, false},
		{"clock_gettime", []uintptr{unix.CLOCK_REALTIME, b}, false},
		{"getitimer", []uintptr{0, b}, false},
		{"timerfd_create", []uintptr{unix.CLOCK_MONOTONIC, 0}, true},
		{"eventfd2", []uintptr{0, 0}, true},
		{"epoll_create1", []uintptr{0}, true},
		{"inotify_init1", []uintptr{0}, true},
		{"memfd_create", []uintptr{p, 0}, true},
		{"membarrier", []uintptr{0, 0, 0}, false},
		{"rt_sigprocmask", []uintptr{0, 0, b, 8}, false},
		{"process_vm_readv", []uintptr{pid, 0, 0, 0, 0, 0}, false},
		{"shmctl", []uintptr{0, 14, b}, false}, // SHM_INFO
		{"semctl", []uintptr{0, 0, 19, b}, false},
		{"msgctl", []uintptr{0, 12, b}, false}, // MSG_INFO
	}
	native, _ := syscalls.Native(runtime.GOARCH)
	call := func(name string, args []uintptr, opens bool) unix.Errno {
		nr, ok := table(t, native).Number(name)
		if !ok {
			return unix.ENOSYS
		}
		var a [6]uintptr
		copy(a[:], args)
		r, _, errno := unix.RawSyscall6(uintptr(nr), a[0], a[1], a[2], a[3], a[4], a[5])
		if opens && errno == 0 {
			_ = unix.Close(int(r))
		}
		for i, fd := range memory.pair {
			if fd != 0 {
				_ = unix.Close(int(fd))
				memory.pair[i] = 0
			}
		}
		return errno
	}
	worked := 0
	for _, c := range cases {
		if errno := call(c.name, c.args, c.opens); errno != 0 {
			t.Logf("%s: %v: not judged", c.name, errno)
			continue
		}
		worked++
		set := syscalls.IntArguments(c.name)
		if set == 0 {
			t.Errorf("%s is not in the table", c.name)
		}
		for i := range c.args {
			if set&(1<<i) == 0 {
				continue
			}
			with := slices.Clone(c.args)
			with[i] ^= junk
			if errno := call(c.name, with, c.opens); errno != 0 {
				t.Errorf("%s: junk above 32 bits in argument %d: %v", c.name, i, errno)
			}
			if syscalls.ArgumentBits(c.name, i) == 16 {
				with[i] ^= junk ^ 1<<16
				if errno := call(c.name, with, c.opens); errno != 0 {
					t.Errorf("%s: junk above 16 bits in argument %d: %v", c.name, i, errno)
				}
			}
		}
	}
	if worked < 40 {
		t.Errorf("only %d calls could be judged", worked)
	}
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(page) }()
	// The control: in an argument that is long the same bit is seen.
	for name, args := range map[string][]uintptr{
		"unshare":  {0},
		"mprotect": {uintptr(unsafe.Pointer(&page[0])), uintptr(len(page)), unix.PROT_READ},
		"mlock":    {0, 0},
	} {
		if errno := call(name, args, false); errno != 0 {
			t.Errorf("%s: %v", name, errno)
		}
		args[len(args)-1] |= junk
		if errno := call(name, args, false); errno == 0 {
			t.Errorf("%s: the kernel does not see a high bit", name)
		}
	}
}
