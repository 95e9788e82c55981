package drift

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/bpf"
)

// Reading is a thread that was stopped to read its filters, where that disturbs nobody.
type Reading struct {
	Container   string // its id
	PID, Thread int
	Filters     int
	// Moved says that the thread had left the call in which a stop is not seen, between the look and the stop.
	Moved bool
	// Err is why nothing was read, as that it did not stop in time.
	Err error
}

// Readings returns what the last Audit read, and why nothing is read on this machine, "" where it is.
func (n *Node) Readings() (list []Reading, off string) {
	if n.off != nil {
		off = *n.off
	}
	return n.readings, off
}

const (
	// stay is how long a thread must have waited in a call before it is stopped in it.
	stay = 250 * time.Millisecond
	// maxReads is how many threads one look stops, so that a look costs next to nothing.
	maxReads = 16
	// maxTries is how often one is tried that does not stop in time.
	maxTries = 3
	// maxLooked is how many threads of a process are looked at for one that waits in such a call.
	maxLooked = 64
)

// candidate is a thread that waits in a call that the kernel takes up again unseen.
type candidate struct {
	found   *found
	process process
	thread  thread
	waiter  bpf.Waiter
	call    bpf.Call
}

// read reads the filters of processes that were not read yet, where a stop disturbs nobody: in a container that is created and
// not started yet, and in threads that wait in a call that the kernel takes up again unseen. Each is read once.
func (n *Node) read(ctx context.Context, list []*found) error {
	if n.off == nil {
		off := ""
		if err := bpf.MayFetchWaiting(); err != nil {
			off = err.Error()
		}
		n.off = &off
	}
	if *n.off != "" || n.installed.full() {
		return nil
	}
	candidates := n.candidates(list)
	if len(candidates) == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(stay):
	}
	n.seen = nil
	for _, c := range candidates {
		if len(n.readings) < maxReads && !n.installed.full() && !n.installed.filled(c.found) {
			n.readOne(c)
		}
	}
	return nil
}

// candidates finds threads to read: those of containers that are not started first, then those of first processes, and those of no
// engine last.
func (n *Node) candidates(list []*found) []candidate {
	n.seen = map[int][]thread{}
	var out []candidate
	for _, f := range list {
		if f.guest != "" || f.notifies() || n.installed.filled(f) {
			continue
		}
		for _, p := range f.processes {
			out = append(out, n.waiting(f, p)...)
		}
	}
	rank := func(c candidate) int {
		switch {
		case c.waiter.Starting:
			return 0
		case c.found.stranger != "":
			return 3
		case c.process.pid == c.found.pid:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// waiting returns a thread that waits for each number of filters that a process's threads have, if it was not read.
func (n *Node) waiting(f *found, p process) []candidate {
	threads, err := n.proc.threads(p.pid)
	if err != nil {
		return nil // the look itself says so
	}
	n.seen[p.pid] = threads
	var out []candidate
	for _, t := range threads[:min(len(threads), maxLooked)] {
		_, known := n.installed.stack(p, t.filters)
		// Where the kernel does not say how many there are it could not be seen that one was added.
		if t.mode != 2 || t.filters < 1 || !t.asleep || known || n.installed.tries(p, t.filters) >= maxTries {
			continue
		}
		if slices.ContainsFunc(out, func(c candidate) bool { return c.thread.filters == t.filters }) {
			continue
		}
		c := candidate{found: f, process: p, thread: t, waiter: bpf.Waiter{TID: t.id, Alone: len(threads) == 1, Starting: f.waiting && p.pid == f.pid}}
		var ok bool
		if c.call, ok = bpf.Waiting(t.id); ok && c.call.Resumes(c.waiter) {
			out = append(out, c)
		}
	}
	return out
}

// readOne reads the filters of a thread that has not moved since it was looked at.
func (n *Node) readOne(c candidate) {
	now, alive, err := n.proc.thread(c.process.pid, c.thread.id)
	if err != nil || !alive || now != c.thread {
		return
	}
	if call, ok := bpf.Waiting(c.thread.id); !ok || call != c.call || !call.Resumes(c.waiter) {
		return
	}
	if _, err := os.Lstat(c.found.fifo); c.waiter.Starting && err != nil {
		return // it is started by now
	}
	stack, stayed, err := bpf.FetchWaiting(c.thread.id, c.call, patience)
	if errors.Is(err, bpf.ErrMoved) {
		return
	}
	n.stopped++
	if err == nil && len(stack) != c.thread.filters {
		err, stack = errors.New("it has another number of filters by now"), nil
	}
	n.installed.note(life{c.process.pid, c.process.start}, c.thread.filters, stack)
	n.readings = append(n.readings, Reading{
		Container: c.found.id, PID: c.process.pid, Thread: c.thread.id, Filters: len(stack), Moved: err == nil && !stayed, Err: err,
	})
}

// notifies reports whether a call can wait for a supervisor's answer, by the configuration: a call that does is asked about
// again after a stop.
func (f *found) notifies() bool {
	s := f.filter()
	return s != nil && (s.DefaultAction == specs.ActNotify || s.ListenerPath != "" ||
		slices.ContainsFunc(s.Syscalls, func(c specs.LinuxSyscall) bool { return c.Action == specs.ActNotify }))
}
