package denial

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/workload"
)

// ErrNotRunning is the error of Find where no process is in the container.
var ErrNotRunning = errors.New("no process is in a container of this id")

// Find returns the whole id of a container, given that or a prefix of at least 8 characters, and one of its processes: the
// one with the lowest number of those in its own pid namespace, and not in one that it made itself. A prefix that more than one
// container has is an error.
func Find(id string) (whole string, pid uint32, err error) {
	depth := 0
	for _, p := range pids() {
		at, s := look(p, func(s string) bool { return s == id })
		switch {
		case s != inside, at.id != id && (len(id) < 8 || !strings.HasPrefix(at.id, id)):
			continue
		case whole != "" && whole != at.id:
			return "", 0, fmt.Errorf("find container %q: more than one id begins so", id)
		}
		if n := levels(p); n > 0 && (whole == "" || n < depth || n == depth && p < pid) {
			whole, pid, depth = at.id, p, n
		}
	}
	if whole == "" {
		return "", 0, fmt.Errorf("find container %q: %w", id, ErrNotRunning)
	}
	return whole, pid, nil
}

// FindNamed is Find for a container that is named as for a Query, by the decisions on record at a path. Where a name is that of
// several containers that run it returns an error with their names.
func FindNamed(decisions, name string) (id string, pid uint32, err error) {
	id, pid, err = Find(name)
	if !errors.Is(err, ErrNotRunning) {
		return id, pid, err
	}
	notRunning := err
	log, err := audit.NewReader(decisions)
	if errors.Is(err, fs.ErrNotExist) {
		return "", 0, notRunning
	}
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = log.Close() }()
	seen, running := map[string]bool{}, []string(nil)
	for {
		r, err := log.Next()
		switch {
		case errors.Is(err, io.EOF) && len(running) == 0:
			return "", 0, notRunning
		case errors.Is(err, io.EOF) && len(running) == 1:
			return id, pid, nil
		case errors.Is(err, io.EOF):
			return "", 0, fmt.Errorf("find container %q: several run: %s", name, strings.Join(running, ", "))
		case err != nil:
			return "", 0, err
		case r.Workload == nil || seen[r.Workload.ID] || r.Workload.Kinds == workload.KindSandbox:
			continue
		}
		c := fromRecord(r)
		if !(Query{Container: name}).Matches(Denial{Container: c}) {
			continue
		}
		seen[c.ID] = true
		if whole, first, err := Find(c.ID); err == nil {
			id, pid = whole, first
			running = append(running, fmt.Sprintf("%s/%s/%s (%.12s)", c.Namespace, c.Pod, c.Name, c.ID))
		}
	}
}

// levels is in how many pid namespaces a process has a number; 0 where it has ended.
func levels(pid uint32) int {
	text, err := os.ReadFile("/proc/" + strconv.FormatUint(uint64(pid), 10) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if numbers, ok := strings.CutPrefix(line, "NSpid:"); ok {
			return len(strings.Fields(numbers))
		}
	}
	return 0
}

// pids lists the processes that live.
func pids() []uint32 {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }()
	names, _ := dir.Readdirnames(-1)
	var out []uint32
	for _, name := range names {
		if n, err := strconv.ParseUint(name, 10, 32); err == nil {
			out = append(out, uint32(n))
		}
	}
	return out
}
