package snapshot

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/internal/trust"
)

// openOwned opens a regular file for reading that root or owner owns and nobody else may write, checked on the
// descriptor. A symbolic link is refused.
func openOwned(path string, owner int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	switch {
	case !st.Mode().IsRegular():
		err = fmt.Errorf("%s is not a regular file", path)
	case !trust.OwnedBy(st, 0, owner):
		err = fmt.Errorf("%s is not owned by root", path)
	case trust.OthersWrite(st):
		err = fmt.Errorf("%s may be written by others than its owner: mode %04o", path, st.Mode().Perm())
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// locked runs a function while no other process changes the store, and makes the directory if need be.
func (s *Store) locked(change func() error) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make the state directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("lock snapshots: %w", err)
	}
	defer func() { _ = lock.Close() }()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock snapshots: %w", err)
	}
	return change()
}
