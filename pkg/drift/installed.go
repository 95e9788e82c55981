package drift

import (
	"github.com/seccompd/seccompd/pkg/bpf"
)

// installed remembers the filters that were read of processes. A process with as many filters as then has the same ones:
// they are never taken away.
type installed struct {
	of     map[life]map[int]reading // by the number of filters
	stacks map[string][]bpf.Program // by their digests
	size   int                      // of all stacks, in bytes
	// changed says that it is not as it was written last.
	changed bool
}

// life is one process: a number is given again, but not with the same start.
type life struct {
	pid   int
	start uint64
}

// reading is what was read, by the digest of the stack; that is "" where it was only tried.
type reading struct {
	stack string
	tries int
}

// What is remembered is bounded, as workloads choose how many processes and filters they have. What is beyond the bounds of
// a container, or of all, is not read.
const (
	maxStackBytes     = 8 << 20
	maxLives          = 8192
	maxContainerBytes = 256 << 10
	maxContainerReads = 32
)

func newInstalled() *installed {
	return &installed{of: map[life]map[int]reading{}, stacks: map[string][]bpf.Program{}}
}

// stack returns the filters of the threads of a process that have so many.
func (i *installed) stack(p process, filters int) (stack []bpf.Program, ok bool) {
	digest := i.of[life{p.pid, p.start}][filters].stack
	return i.stacks[digest], digest != ""
}

// tries is how often it was tried to read them in vain.
func (i *installed) tries(p process, filters int) int {
	return i.of[life{p.pid, p.start}][filters].tries
}

// note remembers what was read; an empty stack is one that could not be.
func (i *installed) note(l life, filters int, stack []bpf.Program) {
	if i.of[l] == nil {
		i.of[l] = map[int]reading{}
	}
	r := i.of[l][filters]
	if r.tries++; len(stack) > 0 {
		r.stack = digestOf(stack)
		if _, known := i.stacks[r.stack]; !known {
			i.stacks[r.stack] = stack
			i.size += bytesOf(stack)
		}
		i.changed = true
	}
	i.of[l][filters] = r
}

// full reports whether there is no room for more.
func (i *installed) full() bool { return i.size >= maxStackBytes || len(i.of) >= maxLives }

// filled reports whether a container has as much room as it gets.
func (i *installed) filled(f *found) bool {
	reads, size := 0, 0
	seen := map[string]bool{}
	for _, p := range f.processes {
		for _, r := range i.of[life{p.pid, p.start}] {
			reads++
			if !seen[r.stack] {
				seen[r.stack] = true
				size += bytesOf(i.stacks[r.stack])
			}
		}
	}
	return reads >= maxContainerReads || size >= maxContainerBytes
}

// prune forgets processes that are not in a list any more, and filters that nobody has.
func (i *installed) prune(list []*found) {
	alive := map[life]bool{}
	for _, f := range list {
		for _, p := range f.processes {
			alive[life{p.pid, p.start}] = true
		}
	}
	used := map[string]bool{}
	for l, readings := range i.of {
		if !alive[l] {
			delete(i.of, l)
			i.changed = true
			continue
		}
		for _, r := range readings {
			used[r.stack] = true
		}
	}
	for digest, stack := range i.stacks {
		if !used[digest] {
			delete(i.stacks, digest)
			i.size -= bytesOf(stack)
		}
	}
}

// bytesOf is the size of the instructions of some programs.
func bytesOf(stack []bpf.Program) int {
	n := 0
	for _, p := range stack {
		n += 8 * len(p)
	}
	return n
}
