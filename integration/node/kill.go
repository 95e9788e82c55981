package node

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// killAll kills every process of the node in dir, until there is none:
// containerd, shims and plugins are known by their command line, containers by
// their cgroup.
func killAll(dir string, wait time.Duration) error {
	for deadline := time.Now().Add(wait); ; {
		pids, err := processesOf(dir)
		if err != nil || len(pids) == 0 {
			return err
		}
		for _, pid := range pids {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("kill %d: %w", pid, err)
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("kill %v: still there after %v", pids, wait)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func processesOf(dir string) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if belongs(pid, dir) {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// ours are the executables that a node runs outside its cgroup.
var ours = []string{"containerd", "containerd-shim-runc-v2", "ctr", "runc", "seccompd", "seccompctl", "conflictor", "faulty"}

// belongs tells whether a process is in the node's cgroup, has its root
// directory in the node's, as a container has that is in no cgroup, or has one
// of the node's own paths as an argument. A person's shell whose command line
// only mentions the directory is not meant: the executable must be one of ours.
func belongs(pid int, dir string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	thread := living(proc)
	if thread == "" {
		return false // dead, waiting for its parent
	}
	groups, err := os.ReadFile(filepath.Join(thread, "cgroup"))
	if err == nil && bytes.Contains(groups, []byte(":"+cgroupParent(dir)+"/")) {
		return true
	}
	if rooted(thread, dir) {
		return true
	}
	line, err := os.ReadFile(filepath.Join(proc, "cmdline"))
	if err != nil || !bytes.Contains(append(line, 0), []byte(dir+"/")) {
		return false
	}
	exe, err := os.Readlink(filepath.Join(proc, "exe"))
	return err == nil && slices.Contains(ours, filepath.Base(strings.TrimSuffix(exe, " (deleted)")))
}

// living returns the directory of a thread of a process that has not ended. The first one may have, and others not.
func living(proc string) string {
	threads, _ := filepath.Glob(filepath.Join(proc, "task", "*"))
	for _, thread := range threads {
		state, err := os.ReadFile(filepath.Join(thread, "stat"))
		if _, rest, ok := strings.Cut(string(state), ") "); err == nil && ok && !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X") {
			return thread
		}
	}
	return ""
}

// rooted tells whether what a thread has mounted as its root is beneath a
// directory.
func rooted(thread, dir string) bool {
	mounts, err := os.ReadFile(filepath.Join(thread, "mountinfo"))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(mounts)) {
		// ID PARENT DEVICE ROOT POINT …, where ROOT is a path in the file system.
		if fields := strings.Fields(line); len(fields) > 4 && fields[4] == "/" && strings.HasPrefix(fields[3], dir+"/") {
			return true
		}
	}
	return false
}
