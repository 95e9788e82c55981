package audit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seccompd/seccompd/pkg/enforce"
)

// Log takes records and writes them aside, in order. Nothing that goes wrong with it ever stops a container: what cannot
// be queued or written is counted.
type Log struct {
	file  file
	then  func(Record)
	queue chan queued
	held  atomic.Int64  // what the records in the queue weigh
	hurry chan struct{} // closed with the queue
	done  chan struct{}

	closing sync.RWMutex
	closed  bool

	written, dropped, failed atomic.Uint64
	lastError                atomic.Pointer[string]
}

// queued is a record that waits, and what was counted for it.
type queued struct {
	record Record
	weight int64
}

// maxHeld bounds what records that wait may weigh, in bytes: a disk that hangs must not cost the node its memory, and
// the authors of pods choose how long labels, annotations and profiles are.
const maxHeld = 64 << 20

// Settings are those of a Log. Path is its file; "" writes none. Queue is how many records may wait (4096 where it is 0).
// Then is called with each record after it was written, by the goroutine that writes; it may be nil.
type Settings struct {
	Path  string
	Queue int
	Then  func(Record)
}

// NewLog starts a log. It opens its file when there is something to write, so a full or missing disk fails nothing.
func NewLog(s Settings) *Log {
	if s.Queue <= 0 {
		s.Queue = 4096
	}
	l := &Log{file: file{path: s.Path}, then: s.Then, queue: make(chan queued, s.Queue), hurry: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

// Record queues a record. It never waits: where the queue is full, or the log closed, the record is dropped and counted.
func (l *Log) Record(r Record) {
	l.closing.RLock()
	defer l.closing.RUnlock()
	if l.closed {
		l.dropped.Add(1)
		return
	}
	q := queued{r, r.weight()}
	if l.held.Add(q.weight) <= maxHeld {
		select {
		case l.queue <- q:
			return
		default:
		}
	}
	l.held.Add(-q.weight)
	l.dropped.Add(1)
}

// Stats counts what became of records.
type Stats struct {
	Written uint64 `json:"written"`
	// Dropped did not fit the queue, Failed could not be written.
	Dropped uint64 `json:"dropped"`
	Failed  uint64 `json:"failed"`
	// LastError is why the last one failed; "" once one was written again.
	LastError string `json:"lastError,omitempty"`
}

// Stats returns the counts until now.
func (l *Log) Stats() Stats {
	s := Stats{Written: l.written.Load(), Dropped: l.dropped.Load(), Failed: l.failed.Load()}
	if e := l.lastError.Load(); e != nil {
		s.LastError = *e
	}
	return s
}

// Close writes what is queued, for as long as the context allows, and takes no more.
func (l *Log) Close(ctx context.Context) {
	l.closing.Lock()
	if !l.closed {
		l.closed = true
		close(l.queue)
		close(l.hurry)
	}
	l.closing.Unlock()
	select {
	case <-l.done:
	case <-ctx.Done():
	}
}

// linger is how long a record waits to be written. Writing at once would take the processor from the request that the
// record is about: the runtime still has the container validated, which is over within a millisecond or two.
const linger = 20 * time.Millisecond

func (l *Log) run() {
	defer close(l.done)
	defer l.file.close()
	known := digests{}
	for q := range l.queue {
		select {
		case <-time.After(linger):
		case <-l.hurry:
		}
		l.take(q, known)
		for range len(l.queue) {
			l.take(<-l.queue, known)
		}
	}
}

func (l *Log) take(q queued, known digests) {
	defer l.held.Add(-q.weight)
	r := q.record
	if r.effective != nil {
		r.Filter = known.of(r.effective, r.Profile != enforce.CurrentProfile)
		r.effective = nil
	}
	if l.file.path != "" {
		l.write(r)
	}
	if l.then != nil {
		l.then(r)
	}
}

func (l *Log) write(r Record) {
	line, err := encode(r)
	if err == nil {
		err = l.file.append(line)
	}
	if err != nil {
		l.failed.Add(1)
		text := err.Error()
		l.lastError.Store(&text)
		return
	}
	l.written.Add(1)
	l.lastError.Store(nil)
}
