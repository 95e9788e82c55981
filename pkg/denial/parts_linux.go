package denial

import (
	"context"
	"time"
)

// How often a part that failed is started again, and how often the kernel is asked for its state.
const (
	restart    = 10 * time.Second
	askKernel  = 5 * time.Second
	scanAtMost = 10 * time.Second
	// catchUp is how long the events take that were there before others were lost: they are older than a look.
	catchUp = 500 * time.Millisecond
)

// parts are what runs beside the loop.
func (w *Watcher) parts() []func(context.Context) {
	return []func(context.Context){w.records, w.events, w.askKernel}
}

// keep runs a part again and again.
func keep(ctx context.Context, run func() error, failed func(error)) {
	for ctx.Err() == nil {
		if err := run(); err != nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(restart):
		}
	}
}

func (w *Watcher) records(ctx context.Context) {
	ready := func() {
		w.change(func(s *Stats) { s.Reading, s.Error, s.Since = true, "", time.Now() })
	}
	bad := func() { w.change(func(s *Stats) { s.Bad++ }) }
	lost := func() { w.change(func(s *Stats) { s.Overruns++ }) }
	keep(ctx, func() error { return readRecords(ctx, ready, w.gather.add, bad, lost) }, func(err error) {
		began := false
		w.change(func(s *Stats) {
			began = s.Error != err.Error()
			s.Reading, s.Error = false, err.Error()
		})
		if began {
			w.fault(err)
		}
	})
}

func (w *Watcher) events(ctx context.Context) {
	var scanned time.Time
	missed := false
	scan := func(after time.Duration) {
		missed = true
		if time.Since(scanned) < scanAtMost {
			return
		}
		scanned, missed = time.Now(), false
		time.AfterFunc(after, func() { w.processes.scan(pids()) }) // events go on to be read meanwhile
	}
	ready := func() {
		w.change(func(s *Stats) { s.ProcessError = "" })
		scan(0)
	}
	lost := func() {
		w.change(func(s *Stats) { s.ProcessOverruns++ })
		scan(catchUp)
	}
	idle := func() {
		if missed {
			scan(0)
		}
	}
	keep(ctx, func() error { return readProcesses(ctx, ready, idle, w.processes, lost) }, func(err error) {
		began := false
		w.change(func(s *Stats) {
			began = s.ProcessError != err.Error()
			s.ProcessError = err.Error()
		})
		if began {
			w.fault(err)
		}
	})
}

// askKernel keeps up with what the kernel says of its audit.
func (w *Watcher) askKernel(ctx context.Context) {
	next := time.NewTicker(askKernel)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
			if w.calm() {
				w.kernel()
			}
		}
	}
}

// calm reports whether few records come. In a flood a thread that asks the kernel may be held up for a minute, in which the daemon
// could not end.
func (w *Watcher) calm() bool {
	const moment, few = 100 * time.Millisecond, 16
	before := w.gather.came()
	time.Sleep(moment)
	return w.gather.came()-before < few
}

func (w *Watcher) kernel() {
	k, err := ReadKernel()
	if err != nil {
		return // where it is of consequence, listening fails too, and says so
	}
	w.change(func(s *Stats) {
		if s.Kernel.Failure == FailureUnknown {
			w.lostBefore = k.Lost
		}
		s.Kernel, s.KernelLost = k, uint64(k.Lost-w.lostBefore)
	})
}
