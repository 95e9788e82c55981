// Package trust tells who can change a file or a directory, and whom a process works for.
package trust

import (
	"io/fs"
	"slices"
	"syscall"
)

// Owner returns the uid that a file belongs to, and false where the system does not tell.
func Owner(fi fs.FileInfo) (int, bool) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// OwnedBy reports whether a file belongs to one of the users; to none where the system does not tell.
func OwnedBy(fi fs.FileInfo, uids ...int) bool {
	uid, ok := Owner(fi)
	return ok && slices.Contains(uids, uid)
}

// OthersWrite reports whether the mode lets anybody but the owner write.
func OthersWrite(fi fs.FileInfo) bool { return fi.Mode().Perm()&0o022 != 0 }
