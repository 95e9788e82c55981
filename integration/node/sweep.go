package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// nodePrefix begins the name of every node's directory and cgroup. Unix socket
// paths end at 108 bytes and containerd takes 42 at most for its shims, so
// nodes are in /tmp whatever TMPDIR says.
const (
	nodeParent = "/tmp"
	nodePrefix = "seccompd-node-"
)

// claimDir makes a node's directory and holds its lock. The kernel lets go of
// the lock when we die, and so a directory that nobody holds is a leftover.
func claimDir() (string, *os.File, error) {
	dir, err := os.MkdirTemp(nodeParent, nodePrefix)
	if err != nil {
		return "", nil, fmt.Errorf("make a node's directory: %w", err)
	}
	// The lock appears under its name when it is held, or another process could
	// take it for that of a dead one in between.
	lock, err := lockFile(filepath.Join(dir, "lock.new"))
	if err == nil {
		err = os.Rename(lock.Name(), filepath.Join(dir, "lock"))
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("lock a node's directory: %w", err), os.RemoveAll(dir))
	}
	return dir, lock, nil
}

func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// sweep demolishes the nodes whose process is gone.
func sweep() error {
	dirs, err := filepath.Glob(filepath.Join(nodeParent, nodePrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if young(dir) {
			continue
		}
		lock, err := lockFile(filepath.Join(dir, "lock"))
		if err != nil {
			continue // in use
		}
		err = demolish(dir)
		lock.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// young tells of a directory that another process may have made just now and
// not locked yet.
func young(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "lock")); err == nil {
		return false
	}
	made, err := os.Stat(dir)
	return err != nil || time.Since(made.ModTime()) < time.Minute
}

// demolish ends the processes of the node in dir, then removes its mounts, its
// cgroups and its files. It knows them by that directory's name alone, so it
// needs nothing from the process that started them.
func demolish(dir string) error {
	if err := killAll(dir); err != nil {
		return fmt.Errorf("end the processes of %s: %w", dir, err)
	}
	if err := unmountAll(dir); err != nil {
		return fmt.Errorf("unmount %s: %w", dir, err)
	}
	if err := removeCgroups(cgroupParent(dir)); err != nil {
		return fmt.Errorf("remove the cgroups of %s: %w", dir, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove %s: %w", dir, err)
	}
	return nil
}
