package trust

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// ErrNotPrivate is the error of what somebody else than root, or the caller, could have written.
var ErrNotPrivate = errors.New("others than root could have written it")

// errShort is the error of a file that shrank while it was read.
var errShort = errors.New("it was cut short")

// Private reports whether a file or directory is root's, or the caller's, and nobody else may open it: what /run holds counts
// only then.
func Private(st *unix.Stat_t) bool {
	return (st.Uid == 0 || int(st.Uid) == os.Geteuid()) && st.Mode&0o077 == 0
}

// ReadPrivate reads a whole file of a directory, both of which are private, and neither a symbolic link. The error is
// ErrNotPrivate where they are not, where it is no regular file, or has more bytes than limit, and wraps fs.ErrNotExist where
// one of them is not there.
//
// It goes without the poller of package os, which takes longer to set up than a small file to read.
func ReadPrivate(dir, name string, limit int64) ([]byte, error) {
	at, err := open(unix.AT_FDCWD, dir, unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(at) }()
	fd, err := open(at, name, unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size > limit {
		return nil, ErrNotPrivate
	}
	text := make([]byte, st.Size)
	n, err := unix.Read(fd, text)
	if err == nil && n != len(text) {
		err = errShort
	}
	if err != nil {
		return nil, err
	}
	return text, nil
}

// open opens what is private.
func open(at int, name string, flags int) (int, error) {
	fd, err := unix.Openat(at, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|flags, 0)
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil && !Private(&st) {
		err = ErrNotPrivate
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
