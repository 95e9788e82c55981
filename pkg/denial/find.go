package denial

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ErrNotRunning is the error of Find where no process is in the container.
var ErrNotRunning = errors.New("no process is in a container of this id")

// Find returns the whole id of a container, given that or a prefix of at least 8 characters, and one of its processes: the
// one with the lowest number. A prefix that more than one container has is an error.
func Find(id string) (whole string, pid uint32, err error) {
	for _, p := range pids() {
		text, err := os.ReadFile("/proc/" + strconv.FormatUint(uint64(p), 10) + "/cgroup")
		if err != nil {
			continue
		}
		at, ok := placeOf(string(text), func(s string) bool { return s == id })
		switch {
		case !ok, at.id != id && (len(id) < 8 || !strings.HasPrefix(at.id, id)):
			continue
		case whole != "" && whole != at.id:
			return "", 0, fmt.Errorf("find container %q: more than one id begins so", id)
		case whole == "" || p < pid:
			whole, pid = at.id, p
		}
	}
	if whole == "" {
		return "", 0, fmt.Errorf("find container %q: %w", id, ErrNotRunning)
	}
	return whole, pid, nil
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
