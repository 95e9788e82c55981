package engineconf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Process is a containerd that runs. No other process of this boot has had both its numbers.
type Process struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // in clock ticks after boot
}

// Running returns the containerds that were started with this main file, by pid. There are none where Root is set, where the
// main file does not exist, or where there is no /proc.
func (c Containerd) Running() ([]Process, error) {
	if c.Root != "" {
		return nil, nil
	}
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, fmt.Errorf("look for running containerds: %w", err)
	}
	var found []Process
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil || !c.runs(dir) {
			continue
		}
		// A process that ended meanwhile is none that runs.
		if start, ok := startOf(dir); ok {
			found = append(found, Process{PID: pid, Start: start})
		}
	}
	slices.SortFunc(found, func(a, b Process) int { return a.PID - b.PID })
	return found, nil
}

// runs reports whether the process is a containerd with our main file.
func (c Containerd) runs(dir string) bool {
	exe, err := os.Readlink(dir + "/exe")
	if err != nil || filepath.Base(strings.TrimSuffix(exe, " (deleted)")) != "containerd" {
		return false
	}
	cmdline, err := os.ReadFile(dir + "/cmdline")
	if err != nil || configOf(strings.Split(strings.TrimSuffix(string(cmdline), "\x00"), "\x00")) != c.ConfigPath {
		return false
	}
	// The same name may be another file, where containerd runs in a container. The other way round it may be the same file in
	// another mount namespace, which a unit's options can give it.
	theirs, err := os.Stat(dir + "/root" + c.ConfigPath)
	if err != nil {
		return false
	}
	mine, err := os.Stat(c.ConfigPath)
	return err == nil && os.SameFile(mine, theirs)
}

// configOf returns the main file that a containerd with these arguments reads.
func configOf(args []string) string {
	for i, arg := range args {
		flag, value, given := strings.Cut(arg, "=")
		name := strings.TrimLeft(flag, "-")
		if i == 0 || name == flag || name != "c" && name != "config" {
			continue
		}
		if given {
			return value
		}
		if i+1 < len(args) {
			return args[i+1]
		}
	}
	return "/etc/containerd/config.toml"
}

// startOf returns the 22nd field of stat. The second, the name, may hold blanks and brackets (proc(5)).
func startOf(dir string) (uint64, bool) {
	data, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 20 {
		return 0, false
	}
	start, err := strconv.ParseUint(fields[19], 10, 64)
	return start, err == nil
}
