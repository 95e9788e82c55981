package drift

import (
	"fmt"
	"slices"
	"strings"
)

// Query says what is looked at.
type Query struct {
	// Kernel asks the kernel for filters. For each process of a container, and each number of filters that its threads have,
	// one thread is stopped for well under a millisecond: its epoll_wait, semtimedop or sigtimedwait then returns EINTR.
	Kernel bool
	// Containers are ids, prefixes of ids of at least 8 characters, or names as NAMESPACE/POD/CONTAINER or NAMESPACE/POD or
	// the engine's; none means all.
	Containers []string
}

// pick keeps the containers that were asked for. An error names one that does not run.
func (q Query) pick(list []*found) ([]*found, error) {
	if len(q.Containers) == 0 {
		return list, nil
	}
	var out []*found
	for _, want := range q.Containers {
		n := len(out)
		for _, f := range list {
			if matches(f, want) && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
		if len(out) == n && !slices.ContainsFunc(out, func(f *found) bool { return matches(f, want) }) {
			return nil, &NotRunningError{Container: want}
		}
	}
	return out, nil
}

func matches(f *found, want string) bool {
	name := nameOf(f.workload)
	full := name.String()
	return f.id == want || len(want) >= 8 && strings.HasPrefix(f.id, want) || full != "" && full == want ||
		name.Pod != "" && name.Namespace+"/"+name.Pod == want
}

// NotRunningError says that a container that was asked for does not run.
type NotRunningError struct{ Container string }

func (e *NotRunningError) Error() string { return fmt.Sprintf("no container %q runs", e.Container) }
