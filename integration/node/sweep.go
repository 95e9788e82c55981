package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
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

// stuck are leftovers that this process could not take away. Others begin
// without that: it is for somebody who looks at the machine.
var stuck sync.Map

// sweep demolishes the nodes whose process is gone.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(nodeParent, nodePrefix+"*"))
	for _, dir := range dirs {
		if _, tried := stuck.Load(dir); tried || young(dir) {
			continue
		}
		lock, err := lockFile(filepath.Join(dir, "lock"))
		if err != nil {
			continue // in use
		}
		if err := demolish(dir, 20*time.Second); err != nil {
			stuck.Store(dir, true)
			fmt.Fprintln(os.Stderr, "left by an earlier process, and not to be taken away:", err)
		}
		lock.Close()
	}
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
// cgroups and its files, also those that ctr puts elsewhere. It knows them by that directory's name alone, so it
// needs nothing from the process that started them.
func demolish(dir string, wait time.Duration) error {
	if err := killAll(dir, wait); err != nil {
		return fmt.Errorf("end the processes of %s: %w", dir, err)
	}
	if err := unmountAll(dir); err != nil {
		return fmt.Errorf("unmount %s: %w", dir, err)
	}
	if err := removeCgroups(cgroupParent(dir), wait); err != nil {
		return fmt.Errorf("remove the cgroups of %s: %w", dir, err)
	}
	// ctr keeps what its runtime knows of a container in one place for all of
	// the machine; those of a node have its name at the end.
	states, err := filepath.Glob("/run/containerd/runc/*/*-" + filepath.Base(dir))
	if err != nil {
		return err
	}
	for _, path := range append(states, dir) {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("remove %s: %w", path, err)
		}
	}
	return nil
}
