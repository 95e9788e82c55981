package coverage

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// places are where packages and release archives put programs.
var places = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"}

func (n Node) program(name string) string {
	if name == "containerd" && n.Containerd.Binary != "" {
		return n.Containerd.Binary
	}
	for _, dir := range places {
		path := filepath.Join(dir, name)
		if stat, err := os.Stat(filepath.Join(n.Root, path)); err == nil && stat.Mode().IsRegular() && stat.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

var number = regexp.MustCompile(`(?:^|[^0-9.])v?([0-9]+\.[0-9]+[^\s,]*)`)

// version is the first thing in what a program says of its version that looks like one.
func version(ctx context.Context, program string) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return string(Unknown)
	}
	if m := number.FindStringSubmatch(string(out)); m != nil {
		return m[1]
	}
	return string(Unknown)
}

// processes returns the pids of the processes that run a program of that name, sorted. Those in containers are not the machine's
// engines, whatever their programs are called: they have another root.
func processes(name string) []int {
	var found []int
	own, _ := os.Stat("/")
	first, _ := os.Stat("/proc/1/root") // this program may be in a container itself
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		exe, err := os.Readlink(dir + "/exe")
		if err != nil || filepath.Base(strings.TrimSuffix(exe, " (deleted)")) != name {
			continue
		}
		root, err := os.Stat(dir + "/root")
		if err != nil || !os.SameFile(root, own) && !os.SameFile(root, first) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			found = append(found, pid)
		}
	}
	slices.Sort(found)
	return found
}

// environment returns a variable that a process was started with.
func environment(pid int, name string) (string, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return "", false
	}
	value := ""
	for entry := range bytes.SplitSeq(text, []byte{0}) {
		if v, ok := strings.CutPrefix(string(entry), name+"="); ok {
			value = v
		}
	}
	return value, true
}

// started returns when a process was started. Ticks are hundredths of a second on every architecture of Linux's (USER_HZ).
func started(pid int) (time.Time, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return time.Time{}, false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return time.Time{}, false
	}
	ticks, err := strconv.ParseInt(fields[19], 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	text, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return time.Time{}, false
	}
	up, _, _ := strings.Cut(string(text), " ")
	seconds, err := strconv.ParseFloat(up, 64)
	if err != nil {
		return time.Time{}, false
	}
	// A second for the coarseness of both.
	return time.Now().Add(-time.Duration(seconds*float64(time.Second)) + time.Duration(ticks)*10*time.Millisecond + time.Second), true
}
