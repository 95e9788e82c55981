package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

const cgroupRoot = "/sys/fs/cgroup"

// cgroupParent is the cgroup of all pods of the node in dir.
func cgroupParent(dir string) string { return "/" + filepath.Base(dir) }

// hierarchies are the mounted cgroup trees: the root itself on a v2 host, one
// for each controller (and systemd's, and unified) on a v1 or hybrid host.
func hierarchies() ([]string, error) {
	if _, err := os.Stat(filepath.Join(cgroupRoot, "cgroup.controllers")); err == nil {
		return []string{cgroupRoot}, nil
	}
	entries, err := os.ReadDir(cgroupRoot)
	if err != nil {
		return nil, err
	}
	var trees []string
	for _, entry := range entries {
		// cpu and cpuacct are symbolic links to cpu,cpuacct on some hosts.
		if entry.IsDir() {
			trees = append(trees, filepath.Join(cgroupRoot, entry.Name()))
		}
	}
	return trees, nil
}

// removeCgroups removes a cgroup with all below it from every hierarchy.
func removeCgroups(parent string, wait time.Duration) error {
	trees, err := hierarchies()
	if err != nil {
		return err
	}
	for _, tree := range trees {
		if err := removeCgroup(filepath.Join(tree, parent), wait); err != nil {
			return err
		}
	}
	return nil
}

func removeCgroup(dir string, wait time.Duration) error {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.Reverse(dirs)
	for _, dir := range dirs {
		if err := rmdir(dir, wait); err != nil {
			return fmt.Errorf("remove the cgroup %s: %w", dir, err)
		}
	}
	return nil
}

// rmdir waits a little: a cgroup is busy for a moment after its last process
// has died.
func rmdir(dir string, wait time.Duration) error {
	for deadline := time.Now().Add(wait); ; time.Sleep(5 * time.Millisecond) {
		err := syscall.Rmdir(dir)
		if err == nil || errors.Is(err, syscall.ENOENT) {
			return nil
		}
		if !errors.Is(err, syscall.EBUSY) || time.Now().After(deadline) {
			return err
		}
	}
}
