package shim

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// sees reports whether a process finds the same files by the paths as this one, "" being none: it may have another root, or be
// in another mount namespace.
func sees(pid int32, paths ...string) bool {
	for _, path := range paths {
		if path != "" && !same(path, fmt.Sprintf("/proc/%d/root%s", pid, path)) {
			return false
		}
	}
	return true
}

// outdated reports whether this process's program is not the installed one any more.
func outdated() bool {
	path, err := os.Readlink("/proc/self/exe")
	return err != nil || !same(path, "/proc/self/exe")
}

// same reports whether two paths lead to the same file, or to none for the same reason.
func same(a, b string) bool {
	var x, y unix.Stat_t
	return unix.Stat(a, &x) == unix.Stat(b, &y) && x.Dev == y.Dev && x.Ino == y.Ino //nolint:errorlint // bare numbers of errors
}
