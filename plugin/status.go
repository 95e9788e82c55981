package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/containerd/log"

	"github.com/seccompd/seccompd/internal/atomicfile"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/nri"
)

// statusFile is the file that seccompctl status reads.
type statusFile struct {
	dir   string
	pokes chan struct{}
	mu    sync.Mutex // held from the look at the state to the rename, so that the last look stays
}

func newStatusFile(dir string) *statusFile {
	return &statusFile{dir: dir, pokes: make(chan struct{}, 1)}
}

// poke asks for the file to be written soon. It never waits.
func (f *statusFile) poke() {
	select {
	case f.pokes <- struct{}{}:
	default:
	}
}

// settle is how long changes are gathered before the file is written.
const settle = 200 * time.Millisecond

func (d *daemon) writeStatus(ctx context.Context) {
	tick := time.NewTicker(audit.StatusInterval)
	defer tick.Stop()
	failed := false
	for {
		err := d.status.write(d)
		if err != nil && !failed {
			log.G(ctx).WithError(err).Error("write status")
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			continue
		case <-d.status.pokes:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(settle):
		}
	}
}

func (f *statusFile) write(d *daemon) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, err := d.report().JSON()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	return atomicfile.Write(audit.StatusFile(f.dir), text, 0o600)
}

// report returns the daemon's status.
func (d *daemon) report() audit.Status {
	s := audit.Status{
		Version: version(), PID: os.Getpid(), Started: d.started, Updated: time.Now(), Stopped: d.stopped.Load(),
		Containers: d.metrics.counts(), Log: d.log.Stats(), Refusals: d.recent.List(),
	}
	s.Source, s.InForce, _, _ = d.keeper.report()
	st := d.plugin.State()
	s.NRI = audit.Door{
		Connected: st.Connected, Runtime: st.Runtime.Name, Version: st.Runtime.Version, NRI: st.Runtime.NRI, Launched: nri.Launched(),
		Validator: string(st.Validator), FailurePolicy: string(st.FailurePolicy), DefaultValidator: string(st.DefaultValidator),
		Error: d.nriError(),
	}
	s.RuntimeDoors = d.metrics.runtimeDoors(d.set)
	s.Drift = d.drifts.status()
	return s
}

// line is the status in a line.
func (d *daemon) line() string {
	s := d.report()
	door := "no connection to the engine"
	switch {
	case !d.usesNRI():
		door = "NRI is not relied on"
	case s.NRI.Connected:
		door = fmt.Sprintf("connected to %s %s", s.NRI.Runtime, s.NRI.Version)
	}
	mode := "mode " + s.InForce.Mode
	switch {
	case s.InForce.Digest == "":
		mode = "no policy, every container is refused"
	case s.Source.Error != "":
		mode += ", last good policy: its source is not sound"
	case s.Source.Held:
		mode += ", rolled back"
	}
	return fmt.Sprintf("%s; %s; %d refused", mode, door, s.Containers[audit.ResultRefused])
}
