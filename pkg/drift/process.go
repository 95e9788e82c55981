package drift

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is USER_HZ, the unit of times in /proc/PID/stat: 100 on every architecture of the tables.
const ticksPerSecond = 100

// process is a process as /proc shows it.
type process struct {
	pid, parent int
	comm        string
	start       uint64 // in ticks since the machine started
	// groups are its control groups, each with the hierarchy that it is in.
	groups []group
	// pidNS and mountNS name namespaces, as in "pid:[4026531836]". They are "" where they are not seen, and then hidden is true.
	pidNS, mountNS string
	hidden         bool
}

type group struct{ hierarchy, path string }

// thread is what /proc says of a thread that lives.
type thread struct {
	id      int
	mode    int // of seccomp: 0 none, 1 strict, 2 filters
	filters int // how many; -1 where the kernel does not say (before 5.9)
	// asleep says that it waits and nobody traces it, and switches how often it was given up for another thread: as long as that
	// stays, it waits where it waited.
	asleep   bool
	switches uint64
}

// procfs reads a mount of procfs.
type procfs string

func (p procfs) path(parts ...string) string {
	return filepath.Join(append([]string{string(p)}, parts...)...)
}

// kernelThread is PF_KTHREAD of include/linux/sched.h.
const kernelThread = 0x200000

// read reads one process. The error wraps fs.ErrNotExist where it has ended, or is the kernel's own.
func (p procfs) read(pid int) (process, error) {
	dir := strconv.Itoa(pid)
	x := process{pid: pid}
	text, err := os.ReadFile(p.path(dir, "stat"))
	if err != nil {
		return x, gone(err)
	}
	// PID (NAME) STATE PARENT …, where the name may hold anything. The start is field 22.
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return x, fmt.Errorf("read %s: it is not what a kernel writes", p.path(dir, "stat"))
	}
	fields := strings.Fields(string(text[end+1:]))
	if len(fields) < 20 {
		return x, fmt.Errorf("read %s: it is too short", p.path(dir, "stat"))
	}
	x.comm = string(text[open+1 : end])
	x.parent, _ = strconv.Atoi(fields[1])
	x.start, _ = strconv.ParseUint(fields[19], 10, 64)
	if flags, _ := strconv.ParseUint(fields[6], 10, 64); flags&kernelThread != 0 {
		return x, fmt.Errorf("process %d: %w", pid, fs.ErrNotExist)
	}
	if ended := fields[0] == "Z" || fields[0] == "X"; !ended {
		err = p.place(&x, dir)
		return x, err
	}
	// Others of its threads may go on. The first one then has no namespaces any more, nor control groups but of cgroup2.
	for range quick {
		threads, err := p.threads(pid)
		if err == nil && len(threads) == 0 {
			err = fmt.Errorf("process %d: %w", pid, fs.ErrNotExist)
		}
		if err != nil {
			return x, err
		}
		if err = p.place(&x, filepath.Join(dir, "task", strconv.Itoa(threads[0].id))); !errors.Is(err, fs.ErrNotExist) {
			return x, err
		}
	}
	return x, errHasty
}

// quick is how often threads that come and go while they are looked at are looked at again.
const quick = 64

var errHasty = errors.New("its threads come and go faster than they can be looked at")

// place fills in where the process is whose directory, or one of whose threads', this is.
func (p procfs) place(x *process, dir string) error {
	text, err := os.ReadFile(p.path(dir, "cgroup"))
	if err != nil {
		return gone(err)
	}
	x.groups = nil
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		if hierarchy, path, ok := strings.Cut(rest, ":"); ok {
			x.groups = append(x.groups, group{hierarchy, path})
		}
	}
	if x.pidNS, err = os.Readlink(p.path(dir, "ns", "pid")); err == nil {
		x.mountNS, err = os.Readlink(p.path(dir, "ns", "mnt"))
	}
	if errors.Is(err, fs.ErrPermission) {
		x.hidden, err = true, nil
	}
	return gone(err)
}

// gone makes the errors of a process that has ended one.
func gone(err error) error {
	if err != nil && strings.Contains(err.Error(), "no such process") {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

// self reports whether a process is this one.
func (p procfs) self(pid int) bool {
	link, err := os.Readlink(p.path("self"))
	return err == nil && link == strconv.Itoa(pid)
}

// all reads every process but the kernel's own, by number.
func (p procfs) all() ([]process, error) {
	entries, err := os.ReadDir(string(p))
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var list []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		x, err := p.read(pid)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			x.hidden = true // it keeps nobody from looking at the others
		}
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b process) int { return a.pid - b.pid })
	return list, nil
}

// threads reads the threads of a process; none where it has ended.
func (p procfs) threads(pid int) ([]thread, error) {
	for range quick {
		list, err := p.listed(pid)
		if err != nil || len(list) > 0 || !p.goesOn(pid) {
			return list, err
		}
	}
	return nil, errHasty
}

// goesOn reports whether a process has other threads than its first one, which may have ended.
func (p procfs) goesOn(pid int) bool {
	text, err := os.ReadFile(p.path(strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	return len(fields) > 17 && fields[17] != "0" && fields[17] != "1"
}

// listed reads the threads that live of those that a process is said to have.
func (p procfs) listed(pid int) ([]thread, error) {
	dir := p.path(strconv.Itoa(pid), "task")
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(gone(err), fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("list threads: %w", err)
	}
	var list []thread
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		t, alive, err := p.thread(pid, id)
		if err != nil {
			return nil, err
		}
		if alive {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b thread) int { return a.id - b.id })
	return list, nil
}

// thread reads a thread; alive is false where it has ended.
func (p procfs) thread(pid, id int) (t thread, alive bool, err error) {
	text, err := os.ReadFile(p.path(strconv.Itoa(pid), "task", strconv.Itoa(id), "status"))
	if errors.Is(gone(err), fs.ErrNotExist) {
		return t, false, nil
	}
	if err != nil {
		return t, false, fmt.Errorf("look at a thread: %w", err)
	}
	if t, alive, err = parseStatus(text); err != nil {
		return t, false, fmt.Errorf("look at thread %d: %w", id, err)
	}
	t.id = id
	return t, alive, nil
}

// parseStatus reads /proc/PID/task/TID/status.
func parseStatus(text []byte) (t thread, alive bool, err error) {
	t.mode, t.filters, alive = -1, -1, true
	traced := false
	number := func(value []byte) (n uint64) {
		n, _ = strconv.ParseUint(string(value), 10, 64)
		return n
	}
	for line := range bytes.Lines(text) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch string(key) {
		case "State":
			alive = !bytes.HasPrefix(value, []byte("Z")) && !bytes.HasPrefix(value, []byte("X"))
			t.asleep = bytes.HasPrefix(value, []byte("S"))
		case "TracerPid":
			traced = number(value) != 0
		case "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches":
			t.switches += number(value)
		case "Seccomp":
			t.mode, err = strconv.Atoi(string(value))
		case "Seccomp_filters":
			t.filters, err = strconv.Atoi(string(value))
		}
		if err != nil {
			return t, alive, fmt.Errorf("%s: %w", key, err)
		}
	}
	t.asleep = t.asleep && !traced
	if t.mode < 0 {
		return t, alive, errors.New("the kernel was built without seccomp")
	}
	return t, alive, nil
}

// boot is when the machine started: by how long it is up, to a hundredth of a second, or else as the kernel writes it, to the
// second.
func (p procfs) boot() (time.Time, error) {
	if text, err := os.ReadFile(p.path("uptime")); err == nil {
		first, _, _ := strings.Cut(string(text), " ")
		if up, err := time.ParseDuration(first + "s"); err == nil {
			return time.Now().Add(-up), nil
		}
	}
	text, err := os.ReadFile(p.path("stat"))
	if err != nil {
		return time.Time{}, err
	}
	for line := range strings.Lines(string(text)) {
		if s, ok := strings.CutPrefix(line, "btime "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
			return time.Unix(n, 0), err
		}
	}
	return time.Time{}, fmt.Errorf("read %s: it does not say when the machine started", p.path("stat"))
}
