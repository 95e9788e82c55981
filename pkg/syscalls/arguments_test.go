package syscalls_test

import (
	"testing"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

func TestIntArguments(t *testing.T) {
	for name, want := range map[string]uint8{
		"socket":      0b111,
		"socketpair":  0b0111,
		"personality": 0b1,
		"ioctl":       0b011,
		"fcntl":       0b011,
		"prctl":       0b1,
		"keyctl":      0b1,
		"bpf":         0b101,
		"setns":       0b11,
		"kill":        0b11,
		"tgkill":      0b111,
		"setsockopt":  0b10111,
		"mknod":       0b110,
		"mknodat":     0b1101,
		"clone":       0,
		"clone3":      0,
		"unshare":     0,
		"ptrace":      0,
		"mmap":        0,
		"mprotect":    0,
		"mount":       0,
		"kexec_load":  0,
		"preadv2":     0,
		"no such":     0,
	} {
		if got := syscalls.IntArguments(name); got != want {
			t.Errorf("IntArguments(%q) = %06b, want %06b", name, got, want)
		}
	}
}

func TestArgumentBits(t *testing.T) {
	for _, c := range []struct {
		name  string
		index int
		want  int
	}{
		{"chmod", 1, 16}, {"chmod", 0, 64}, {"fchmodat2", 2, 16}, {"fchmodat2", 3, 32}, {"io_uring_enter", 5, 64},
		{"socket", 0, 32}, {"socket", -1, 64}, {"socket", 6, 64}, {"no such", 0, 64},
	} {
		if got := syscalls.ArgumentBits(c.name, c.index); got != c.want {
			t.Errorf("ArgumentBits(%q, %d) = %d, want %d", c.name, c.index, got, c.want)
		}
	}
}

func TestExpectsENOSYS(t *testing.T) {
	for name, want := range map[string]bool{
		"clone3": true, "statx": true, "faccessat2": true, "openat2": true, "close_range": true, "fchmodat2": true,
		"clone": false, "socket": false, "mount": false, "no such": false,
	} {
		if got := syscalls.ExpectsENOSYS(name); got != want {
			t.Errorf("ExpectsENOSYS(%q) = %v", name, got)
		}
	}
}

func TestErrno(t *testing.T) {
	for name, want := range map[string]uint{"EPERM": 1, "ENOSYS": 38, "EWOULDBLOCK": 11, "ENOTSUP": 95, "EDEADLOCK": 35} {
		if got, ok := syscalls.Errno(name); !ok || got != want {
			t.Errorf("Errno(%q) = %d, %v, want %d", name, got, ok, want)
		}
	}
	if _, ok := syscalls.Errno("EWHAT"); ok {
		t.Error("EWHAT is known")
	}
	for n, want := range map[uint]string{0: "", 1: "EPERM", 11: "EAGAIN", 35: "EDEADLK", 74: "EBADMSG", 117: "EUCLEAN", 38: "ENOSYS", 95: "EOPNOTSUPP", 133: "EHWPOISON", 4096: ""} {
		if got := syscalls.ErrnoName(n); got != want {
			t.Errorf("ErrnoName(%d) = %q, want %q", n, got, want)
		}
	}
}
