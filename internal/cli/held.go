package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/bpf"
)

// The names of what the kernel holds for a process.
const (
	pidPrefix       = "pid:"
	containerPrefix = "container:"
)

// fetchWait is how long a process may take to stop. One that runs stops in microseconds.
const fetchWait = 2 * time.Second

// held is what the kernel holds for a process.
type held struct {
	name  string
	pid   int
	stack []bpf.Program
}

// isHeld reports whether a name means a running process, and not a profile.
func isHeld(name string) bool {
	return strings.HasPrefix(name, pidPrefix) || strings.HasPrefix(name, containerPrefix)
}

// fetch reads the filters of the process that a name means. They are those of its first thread.
func fetch(name string, node *nodeFlags) (held, error) {
	h := held{name: name}
	if node.facts != "" || node.arch != "" {
		return h, &usageError{message: fmt.Sprintf("%s runs on this machine", name), hint: "leave out --arch and --host-facts"}
	}
	if id, ok := strings.CutPrefix(name, containerPrefix); ok {
		var full string
		var err error
		if h.pid, full, err = containerProcess("/proc", id); err != nil {
			return h, err
		}
		h.name = containerPrefix + full
	} else {
		text := strings.TrimPrefix(name, pidPrefix)
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 1 {
			return h, &usageError{message: fmt.Sprintf("a process id cannot be %q", text), hint: "as in pid:4711"}
		}
		h.pid = int(n)
	}
	var err error
	h.stack, err = bpf.Fetch(h.pid, fetchWait)
	return h, err
}
