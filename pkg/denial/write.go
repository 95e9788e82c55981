package denial

import (
	"encoding/json"
	"fmt"
	"time"
)

// retry is how long nothing is written after an error.
const retry = time.Second

// write writes what is due. A count is taken off when its line is written, so that a full disk loses none.
func (w *Watcher) write(now time.Time, all bool) {
	if len(w.tallies.m) == 0 || (now.Before(w.again) && !all) {
		return
	}
	written := uint64(0)
	var err error
	for _, one := range w.tallies.due(now, all) {
		if err == nil {
			err = w.append(one.line())
		}
		if err != nil {
			w.tallies.undone(one)
			continue
		}
		w.tallies.done(one, now)
		written++
	}
	began := false
	w.change(func(s *Stats) {
		s.Lines += written
		switch {
		case err != nil:
			began = s.LastError == ""
			s.Failed++
			s.LastError = err.Error()
		case written > 0:
			s.LastError = ""
		}
	})
	if err != nil {
		w.again = now.Add(retry)
	}
	if began {
		w.fault(err)
	}
}

func (w *Watcher) append(d Denial) error {
	line, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode denial: %w", err)
	}
	return w.lines.Append(line)
}
