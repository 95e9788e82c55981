package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/containerd/log"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/nri"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// daemon is the parts of a running seccompd.
type daemon struct {
	set     settings
	started time.Time
	keeper  *keeper
	log     *audit.Log
	recent  *audit.Recent
	plugin  *nri.Plugin
	metrics *metrics
	notify  *notifier
	status  *statusFile
	stopped atomic.Bool
	denials *denials
	drifts  *drifts
}

// run runs the daemon until the context is done, or the engine turns out to be one that it cannot serve.
func run(ctx context.Context, s settings) error {
	if err := setUpLog(s); err != nil {
		return fmt.Errorf("set up log: %w", err)
	}
	syscall.Umask(0o077)
	facts, err := readHost(ctx, s.runtimes)
	if err != nil {
		log.G(ctx).WithError(err).Error("read the facts of this host")
		return fmt.Errorf("read host: %w", err)
	}
	logRuntimes(ctx, facts)
	d := newDaemon(ctx, s, facts)
	err = d.serve(ctx)
	if err != nil {
		log.G(ctx).Error(err)
	}
	var unsupported *nri.UnsupportedError
	if errors.As(err, &unsupported) {
		d.notify.Hold(ctx, err)
	}
	return err
}

func newDaemon(ctx context.Context, s settings, facts host.Facts) *daemon {
	d := &daemon{set: s, started: time.Now(), recent: audit.NewRecent(32), metrics: newMetrics(), notify: newNotifier()}
	d.status = newStatusFile(s.runDir)
	d.keeper = &keeper{set: s, store: snapshot.Open(s.stateDir), facts: facts, changed: d.changed}
	d.log = audit.NewLog(audit.Settings{Path: s.decisions, Then: func(r audit.Record) { d.recorded(ctx, r) }})
	d.plugin = nri.New(nri.Settings{
		Engine:  d.keeper.Engine,
		Record:  d.log.Record,
		Records: handoff.Dir(s.runDir),
		Native:  facts.Native,
		Changed: func(nri.State) { d.changed() },
		Observe: d.metrics.observe,
	})
	d.metrics.watch(d)
	d.drifts = newDrifts(s, d.metrics, d.keeper, d.status.poke)
	d.denials = newDenials(ctx, s, d.metrics)
	return d
}

// serve starts what runs beside the door, and then the door.
func (d *daemon) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	log.G(ctx).WithField("version", version()).Info("seccompd starts")
	d.keeper.Start(ctx)
	stop := d.serveMetrics(ctx)
	defer stop()
	for _, part := range []func(context.Context){d.watchSource, d.watchStore, d.watchHost, d.writeStatus, d.keepNotified, d.denials.run, d.drifts.run} {
		beside.Go(func() { part(ctx) })
	}
	answering, stopAnswering := context.WithCancel(ctx)
	defer stopAnswering()
	answered := make(chan struct{})
	go func() { defer close(answered); d.answerDoors(answering) }()
	err := d.serveNRI(ctx)
	d.notify.Stopping()
	stopAnswering()
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer done()
	select { // what doors have taken goes on record
	case <-answered:
	case <-closing.Done():
	}
	d.log.Close(closing)
	d.stopped.Store(true)
	_ = d.status.write(d) // nobody is left to tell
	return err
}

// noSocket is the socket of a node without the NRI door, as one with Docker.
const noSocket = "none"

// serveNRI is the NRI door, where this node has one.
func (d *daemon) serveNRI(ctx context.Context) error {
	if !d.keeper.reliesOnNRI() {
		d.notify.Connected(true) // there is nobody to wait for
	}
	if d.set.socket == noSocket && !nri.Launched() {
		<-ctx.Done()
		return nil
	}
	return d.plugin.Run(ctx, nri.Connection{Socket: d.set.socket, Index: d.set.index})
}

// usesNRI reports whether it matters that an engine is connected: the policy relies on it, or one is.
func (d *daemon) usesNRI() bool { return d.keeper.reliesOnNRI() || d.plugin.State().Connected }

// nriError says why no engine is connected.
func (d *daemon) nriError() string {
	if d.set.socket == noSocket {
		return "--nri-socket is none"
	}
	return d.plugin.State().Error
}

// changed is called when the policy in force or the connection changed. It never waits.
func (d *daemon) changed() {
	d.status.poke()
	d.drifts.poke()
	d.notify.Connected(d.plugin.State().Connected)
}

// recorded is called with each record after it was written, aside from the container's way.
func (d *daemon) recorded(ctx context.Context, r audit.Record) {
	if r.Result == audit.ResultRefused {
		d.recent.Add(r)
	}
	if r.Door != workload.DoorRuntime { // which refuses, and may decide, where nobody counts
		d.metrics.record(r)
	}
	d.denials.decided(r)
	logDecision(ctx, r)
	d.status.poke()
}
