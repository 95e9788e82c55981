package denial

import (
	"encoding/json"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
)

// patience is how long the process of a record may be unknown, in which its events arrive; and maxWaiting how many records
// wait for that.
const (
	patience   = time.Second
	maxWaiting = 1 << 14
)

// attribute counts an event for its container, or has it wait.
func (w *Watcher) attribute(one *gathered, now time.Time, last bool) {
	if now.Before(one.again) && !last {
		w.waiting = append(w.waiting, one)
		return
	}
	at, standing := w.processes.where(one.PID)
	switch standing {
	case inside:
		w.change(func(s *Stats) { s.Attributed += one.count })
		w.count(w.container(at), one)
	case outside:
		w.change(func(s *Stats) { s.Outside += one.count })
	case unseen, inherited:
		if !last && now.Before(one.until) && len(w.waiting) < maxWaiting {
			one.again = now.Add(patience / 4)
			w.waiting = append(w.waiting, one)
			return
		}
		w.change(func(s *Stats) { s.Unattributed += one.count })
		w.count(Container{}, one)
	}
}

func (w *Watcher) count(c Container, one *gathered) {
	if folded := w.tallies.add(c, one.Event, one.first, one.Time, one.count); folded {
		w.change(func(s *Stats) { s.Folded += one.count })
	}
	if w.set.Observe != nil {
		w.set.Observe(c, one.Event, one.count)
	}
}

// container is what is known of one. A decision on it is on record before it runs.
func (w *Watcher) container(at place) Container {
	c, ok := w.containers.find(at.id)
	if !ok {
		w.refresh()
		if c, ok = w.containers.find(at.id); !ok {
			return Container{ID: clip(at.id), Engine: at.engine}
		}
	}
	return c
}

// lookAt finds out where a living process is. Ids that people chose are known from decisions only.
func (w *Watcher) lookAt(pid uint32) (place, standing) {
	at, s := look(pid, w.containers.has)
	if s == outside && w.refresh() {
		at, s = look(pid, w.containers.has)
	}
	return at, s
}

// refresh reads what was added to the decision log, and reports whether there was anything.
func (w *Watcher) refresh() (more bool) {
	w.look.Lock()
	defer w.look.Unlock()
	err := w.decisions.read(func(line []byte) {
		var r audit.Record
		if json.Unmarshal(line, &r) == nil && r.Workload != nil && r.Result != audit.ResultRefused {
			more = true
			w.containers.add(fromRecord(r))
		}
	})
	if err != nil {
		w.fault(err)
	}
	return more
}
