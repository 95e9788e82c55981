package denial

import (
	"context"
	"sync"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
)

// Settings are those of a Watcher.
type Settings struct {
	// Path is the file that denials are appended to, with mode 0600. At 64 MiB it becomes Path.1, which it replaces.
	Path string
	// Decisions is the decision log, which says what is known of a container; "" for none.
	Decisions string
	// Observe is called with each denial that was attributed or given up on, and how often it happened. It may be nil.
	Observe func(c Container, e Event, n uint64)
	// Fault is called with what goes wrong, once each time that it begins. It may be nil.
	Fault func(error)
}

// Watcher reads audit records, finds out whose they are, and writes denials. Its memory has a bound, whatever workloads do:
// about 64 MiB beside the socket's buffer.
type Watcher struct {
	set        Settings
	gather     *gather
	processes  *processes
	containers containers

	look      sync.Mutex // held while the decision log is read
	decisions tail

	mu    sync.Mutex
	stats Stats
	// lostBefore is what the kernel had lost before anybody looked.
	lostBefore uint32

	// What follows belongs to the goroutine that attributes.
	tallies *tallies
	waiting []*gathered
	lines   *audit.Lines
	again   time.Time // when to try to write again after an error
}

// NewWatcher returns a watcher for Run.
func NewWatcher(s Settings) *Watcher {
	w := &Watcher{
		set: s, gather: newGather(), tallies: newTallies(), lines: audit.NewLines(s.Path),
		decisions: tail{what: "decisions", path: s.Decisions},
	}
	w.processes = newProcesses(w.lookAt)
	return w
}

// Known tells of a decision on a container, which may come before the decision log has it.
func (w *Watcher) Known(r audit.Record) {
	if r.Workload != nil && r.Result != audit.ResultRefused {
		w.containers.add(fromRecord(r))
	}
}

// Stats returns how it goes.
func (w *Watcher) Stats() Stats {
	held, _ := w.processes.size()
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.stats
	s.Processes = held
	return s
}

func (w *Watcher) change(f func(*Stats)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(&w.stats)
}

func (w *Watcher) fault(err error) {
	if w.set.Fault != nil {
		w.set.Fault(err)
	}
}

// tick is how long events are gathered before they are looked at.
const tick = 50 * time.Millisecond

// Run watches until the context is done, and then writes what it has counted. What it cannot do, it says in Stats, and
// tries again.
func (w *Watcher) Run(ctx context.Context) {
	var beside sync.WaitGroup
	w.kernel()
	for _, part := range w.parts() {
		beside.Go(func() { part(ctx) })
	}
	next := time.NewTicker(tick)
	defer next.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-next.C:
			w.turn(time.Now(), false)
		}
	}
	stopped := make(chan struct{})
	go func() { beside.Wait(); close(stopped) }()
	for done := false; !done; {
		select {
		case <-stopped:
			done = true
		case <-next.C:
		}
		w.turn(time.Now(), done)
	}
	w.lines.Close()
	w.decisions.close()
}

// turn takes what came, attributes it and writes what is due; last gives up on what cannot be attributed yet.
func (w *Watcher) turn(now time.Time, last bool) {
	came, total := w.gather.take()
	for _, one := range came {
		one.until = now.Add(patience)
	}
	list := append(w.waiting, came...)
	w.waiting = nil
	for _, one := range list {
		w.attribute(one, now, last)
	}
	w.write(now, last)
	w.change(func(s *Stats) { s.Records, s.Tallies = total, len(w.tallies.m) })
}
