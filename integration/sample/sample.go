// Package sample has the profiles which the tests and the demo give to pods and
// policies, as the truth tables of the documentation name them.
package sample

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// L is a pod's own Localhost profile: it allows everything but chmod.
func L() specs.LinuxSeccomp {
	return specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Syscalls: []specs.LinuxSyscall{
			{Names: []string{"chmod", "fchmod", "fchmodat", "fchmodat2"}, Action: specs.ActErrno},
		},
	}
}

// P is a filter with mkdir and mkdirat denied with EACCES: the answer which no
// other filter here gives.
func P(filter specs.LinuxSeccomp) specs.LinuxSeccomp {
	eacces := uint(unix.EACCES)
	denied := []string{"mkdir", "mkdirat"}
	rules := []specs.LinuxSyscall{{Names: denied, Action: specs.ActErrno, ErrnoRet: &eacces}}
	for _, rule := range filter.Syscalls {
		rule.Names = slices.DeleteFunc(slices.Clone(rule.Names), func(name string) bool { return slices.Contains(denied, name) })
		if len(rule.Names) > 0 {
			rules = append(rules, rule)
		}
	}
	filter.Syscalls = rules
	return filter
}

// Enosys is a Localhost profile that lists what a runtime, busybox and the
// probe need, with mkdir, and answers ENOSYS to everything else.
func Enosys() specs.LinuxSeccomp {
	enosys := uint(unix.ENOSYS)
	return specs.LinuxSeccomp{
		DefaultAction:   specs.ActErrno,
		DefaultErrnoRet: &enosys,
		Syscalls:        []specs.LinuxSyscall{{Names: startable, Action: specs.ActAllow}},
	}
}

// startable is what runc's init calls under the filter, and then what the
// probe and a shell call.
var startable = []string{
	"capget", "capset", "chdir", "clone", "clone3", "close", "close_range", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "eventfd2", "execve", "exit", "exit_group", "faccessat2", "fchdir", "fchown", "fcntl",
	"fstat", "fstatfs", "futex", "getcwd", "getdents64", "getpid", "getppid", "gettid", "keyctl", "lseek",
	"madvise", "mmap", "mprotect", "munmap", "nanosleep", "newfstatat", "openat", "openat2", "pipe2",
	"prctl", "pread64", "prlimit64", "read", "readlinkat", "rseq", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "rt_sigtimedwait", "sched_getaffinity", "sched_yield", "set_robust_list", "setgid",
	"setgroups", "setuid", "shutdown", "sigaltstack", "statx", "tgkill", "umask", "unlinkat", "wait4", "write",
	"access", "arch_prctl", "brk", "dup", "dup2", "fork", "getegid", "geteuid", "getgid", "getuid", "ioctl",
	"mkdir", "mkdirat", "open", "poll", "readlink", "set_tid_address", "stat", "lstat", "vfork", "uname",
}
