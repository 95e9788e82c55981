package oci

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// configName is the name of the configuration in a bundle, which the specification fixes.
const configName = "config.json"

// ErrChanged is the error of Replace where somebody else replaced the configuration after it was read. Reading and deciding
// again is the answer.
var ErrChanged = errors.New("the configuration was replaced while it was worked on")

// Bundle is an open bundle directory. What is done to it is done in that directory, whatever its path names later.
type Bundle struct {
	// Limit is the size of the largest configuration that Read reads, in bytes.
	Limit int64

	dir  int
	path string
	read unix.Stat_t // of the configuration that Read returned
}

// OpenBundle opens a bundle. Only root, and whoever runs this process, may be able to write there, or somebody else could
// exchange the configuration before the runtime reads it.
func OpenBundle(path string) (*Bundle, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open bundle %q: %w", path, plain(err))
	}
	return BundleAt(fd, path)
}

// BundleAt is OpenBundle of a directory that is open already, and the Bundle's from now on. The path names it in messages.
func BundleAt(fd int, path string) (*Bundle, error) {
	b := &Bundle{Limit: MaxSize, dir: fd, path: path}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		b.Close()
		return nil, fmt.Errorf("open bundle %q: %w", path, err)
	}
	if err := trusted(&st); err != nil {
		b.Close()
		return nil, fmt.Errorf("open bundle %q: it %w", path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		b.Close()
		return nil, fmt.Errorf("open bundle %q: it is not a directory", path)
	}
	return b, nil
}

// Close closes the directory.
func (b *Bundle) Close() { _ = unix.Close(b.dir) }

// plain says what of an error engines would take for another fault: they look for these words in a runtime's message, and
// show their own instead.
func plain(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT):
		return errors.New("it is not there")
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return errors.New("the kernel does not allow it")
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENOTDIR):
		return errors.New("it is a symbolic link, or not of the right type")
	}
	return err
}

// trusted says why others than root and the caller could write a file or directory.
func trusted(st *unix.Stat_t) error {
	switch {
	case st.Uid != 0 && int(st.Uid) != os.Geteuid():
		return fmt.Errorf("belongs to user %d, who could change it", st.Uid)
	case st.Mode&unix.S_IWOTH != 0:
		return fmt.Errorf("may be written by everybody: mode %04o", st.Mode&0o7777)
	case st.Mode&unix.S_IWGRP != 0 && st.Gid != 0 && int(st.Gid) != os.Getegid():
		return fmt.Errorf("may be written by group %d: mode %04o", st.Gid, st.Mode&0o7777)
	}
	return nil
}

// Read reads the configuration.
func (b *Bundle) Read() (*Config, error) {
	name := b.path + "/" + configName
	fd, err := unix.Openat(b.dir, configName, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, plain(err))
	}
	f := os.NewFile(uintptr(fd), name)
	defer func() { _ = f.Close() }()
	if err := unix.Fstat(fd, &b.read); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if b.read.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, fmt.Errorf("read %s: it is not a regular file", name)
	}
	if err := trusted(&b.read); err != nil {
		return nil, fmt.Errorf("read %s: it %w", name, err)
	}
	if b.read.Size > b.Limit {
		return nil, fmt.Errorf("read %s: it has %d bytes, more than the %d that are read", name, b.read.Size, b.Limit)
	}
	data := make([]byte, b.read.Size+1)
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if n > int(b.read.Size) {
		return nil, fmt.Errorf("read %s: it grows", name)
	}
	return Parse(name, data[:n:n])
}

// Unchanged returns ErrChanged where the configuration is not the file any more that Read read.
func (b *Bundle) Unchanged() error {
	var st unix.Stat_t
	err := unix.Fstatat(b.dir, configName, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err != nil || st.Ino != b.read.Ino || st.Dev != b.read.Dev || st.Size != b.read.Size || st.Mtim != b.read.Mtim || st.Ctim != b.read.Ctim {
		return ErrChanged
	}
	return nil
}

// Replace replaces the configuration that Read read, whole: whoever looks sees the old text or the new one, also after the
// power went. Owner and mode stay. Where it is not the file any more that was read, nothing is changed, and the error is
// ErrChanged.
func (b *Bundle) Replace(text []byte) error {
	name, err := b.Prepare(text)
	if err != nil {
		return err
	}
	if err := unix.Renameat(b.dir, name, b.dir, configName); err != nil {
		b.Discard(name)
		return fmt.Errorf("replace %s/%s: %w", b.path, configName, plain(err))
	}
	return nil
}

// Prepare does all of Replace but the last step: it returns the name, in the bundle, of the file that is to be renamed to
// the configuration's.
func (b *Bundle) Prepare(text []byte) (name string, err error) {
	b.sweep()
	name = prefix + rand.Text()
	if err := b.write(name, text); err != nil {
		b.Discard(name)
		return "", fmt.Errorf("replace %s/%s: %w", b.path, configName, plain(err))
	}
	return name, nil
}

// Discard removes what Prepare wrote.
func (b *Bundle) Discard(name string) { _ = unix.Unlinkat(b.dir, name, 0) }

func (b *Bundle) write(name string, text []byte) error {
	fd, err := unix.Openat(b.dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), name)
	defer func() { _ = f.Close() }()
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	if int(b.read.Uid) != os.Geteuid() || int(b.read.Gid) != os.Getegid() {
		if err := unix.Fchown(fd, int(b.read.Uid), int(b.read.Gid)); err != nil {
			return err
		}
	}
	if err := unix.Fchmod(fd, b.read.Mode&0o7777); err != nil {
		return err
	}
	if err := unix.Fsync(fd); err != nil {
		return err
	}
	return b.Unchanged()
}

// prefix is that of the names under which a text is written before it takes the place of the configuration.
const prefix = ".config.json.seccompd-"

// staleAfter is the age at which such a file that nobody holds is one that a killed process left.
const staleAfter = 10 * time.Second

// sweep removes what killed processes left. Nothing depends on it.
func (b *Bundle) sweep() {
	fd, err := unix.Openat(b.dir, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	dir := os.NewFile(uintptr(fd), b.path)
	defer func() { _ = dir.Close() }()
	entries, _ := dir.Readdirnames(-1)
	for _, name := range entries {
		if strings.HasPrefix(name, prefix) {
			b.removeStale(name)
		}
	}
}

func (b *Bundle) removeStale(name string) {
	fd, err := unix.Openat(b.dir, name, unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || time.Since(time.Unix(st.Mtim.Unix())) < staleAfter {
		return
	}
	if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == nil {
		_ = unix.Unlinkat(b.dir, name, 0)
	}
}
