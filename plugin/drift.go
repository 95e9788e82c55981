package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/containerd/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/drift"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// drifts is the part of the daemon that holds the containers that run against the policy, from time to time and when the
// policy or the connection to the engine changed. It disturbs no process: it reads the filters that the kernel holds where
// a stop is not seen, each once, and goes by configurations elsewhere.
type drifts struct {
	interval time.Duration
	force    func() (*enforce.Engine, *snapshot.Snapshot)
	node     *drift.Node
	pokes    chan struct{}
	looked   func()
	audits   *prometheus.CounterVec
	reads    *prometheus.CounterVec
	// off is why no filters are read, once that was logged.
	off string
	// told has what was logged of each container, so that each is logged once.
	told map[string]drift.Verdict

	mu   sync.Mutex
	last *drift.Report
	took time.Duration
}

// gathering is how long a look waits after a change for those that come with it.
const gathering = time.Second

// newDrifts returns one that calls looked after each look.
func newDrifts(s settings, m *metrics, k *keeper, looked func()) *drifts {
	d := &drifts{
		looked:   looked,
		interval: s.drift, pokes: make(chan struct{}, 1), told: map[string]drift.Verdict{},
		node: drift.New(drift.Settings{Roots: s.roots, Decisions: s.decisions, RunDir: s.runDir, Store: k.store, Read: true}),
		force: func() (*enforce.Engine, *snapshot.Snapshot) {
			k.mu.RLock()
			defer k.mu.RUnlock()
			return k.engine, k.snap
		},
	}
	if s.drift > 0 {
		d.audits = prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seccompd_drift_audits_total", Help: "Times that running containers were held against the policy, by how that went.",
		}, []string{"result"})
		d.reads = prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seccompd_drift_filters_read_total", Help: "Threads that were stopped to read their filters where that is not seen, by how that went.",
		}, []string{"result"})
		for _, result := range []string{"read", "moved", "failed"} {
			d.reads.WithLabelValues(result)
		}
		m.registry.MustRegister(d.audits, d.reads, d)
	}
	return d
}

// poke asks for a look soon. It never waits.
func (d *drifts) poke() {
	select {
	case d.pokes <- struct{}{}:
	default:
	}
}

// run looks until the context is done.
func (d *drifts) run(ctx context.Context) {
	if d.interval <= 0 {
		return
	}
	next := time.NewTicker(d.interval)
	defer next.Stop()
	failed := false
	for {
		err := d.look(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			log.G(ctx).WithError(err).Warn("running containers cannot be held against the policy, until this is over")
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-next.C:
			continue
		case <-d.pokes:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gathering):
		}
	}
}

func (d *drifts) look(ctx context.Context) error {
	engine, snap := d.force()
	if engine == nil {
		return nil // every container is refused, and the status says so
	}
	d.node.Use(engine, snap)
	began := time.Now()
	r, err := d.node.Audit(ctx, drift.Query{})
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			d.audits.WithLabelValues("failed").Inc()
		}
		return err
	}
	d.audits.WithLabelValues("done").Inc()
	d.count(ctx)
	d.mu.Lock()
	d.last, d.took = r, time.Since(began)
	d.mu.Unlock()
	d.looked()
	d.tell(ctx, r)
	return nil
}

// count counts what a look read. That nothing can be read is logged once.
func (d *drifts) count(ctx context.Context) {
	list, off := d.node.Readings()
	for _, r := range list {
		e := log.G(ctx).WithField("container_id", audit.Quote(r.Container, maxText)).WithField("pid", r.PID).WithField("thread", r.Thread)
		switch {
		case r.Err != nil:
			d.reads.WithLabelValues("failed").Inc()
			e.WithError(r.Err).Debug("filters were not read")
		case r.Moved:
			d.reads.WithLabelValues("moved").Inc()
			e.Warn("filters were read of a thread that had left its call in that moment: the one that it was in may have returned EINTR")
		default:
			d.reads.WithLabelValues("read").Inc()
			e.Debug("filters were read")
		}
	}
	if off != "" && d.off == "" {
		log.G(ctx).Warn("running containers are held against the policy by their configurations only, as the kernel does not show their filters: " + off)
	}
	d.off = off
}

// tell logs each container when its verdict becomes another one.
func (d *drifts) tell(ctx context.Context, r *drift.Report) {
	now := make(map[string]drift.Verdict, len(r.Containers))
	for i := range r.Containers {
		c := &r.Containers[i]
		key := c.Name.ContainerdNamespace + "/" + c.ID
		now[key] = c.Verdict
		before, known := d.told[key]
		if before == c.Verdict || !known && c.Verdict == drift.Enforced {
			continue
		}
		e := log.G(ctx).WithField("container_id", audit.Quote(c.ID, maxText)).WithField("workload", audit.Quote(c.Name.String(), maxText)).
			WithField("engine", string(c.Name.Engine)).WithField("verdict", string(c.Verdict))
		switch c.Verdict {
		case drift.Enforced:
			e.Info("container is as the policy says again")
		case drift.Unknown, drift.Unverified:
			e.Info("container cannot be held against the policy: " + audit.Quote(c.Reason, 2*maxText))
		case drift.Stale, drift.Outlived, drift.Weaker, drift.Unfiltered:
			e.Warn("container is not as the policy says: " + audit.Quote(c.Reason, 2*maxText))
		}
	}
	d.told = now
}

var (
	descDrift     = prometheus.NewDesc("seccompd_drift_containers", "Containers that ran at the last audit, by how they stand to the policy.", []string{"verdict"}, nil)
	descDriftAt   = prometheus.NewDesc("seccompd_drift_last_audit_timestamp_seconds", "When running containers were last held against the policy.", nil, nil)
	descDriftTook = prometheus.NewDesc("seccompd_drift_last_audit_duration_seconds", "How long that took.", nil, nil)
)

// Describe implements prometheus.Collector.
func (d *drifts) Describe(c chan<- *prometheus.Desc) {
	c <- descDrift
	c <- descDriftAt
	c <- descDriftTook
}

// Collect implements prometheus.Collector. There is nothing before the first audit.
func (d *drifts) Collect(c chan<- prometheus.Metric) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last == nil {
		return
	}
	for _, v := range drift.Verdicts() {
		c <- prometheus.MustNewConstMetric(descDrift, prometheus.GaugeValue, float64(d.last.Counts[v]), string(v))
	}
	c <- prometheus.MustNewConstMetric(descDriftAt, prometheus.GaugeValue, float64(d.last.Time.UnixMilli())/1000)
	c <- prometheus.MustNewConstMetric(descDriftTook, prometheus.GaugeValue, d.took.Seconds())
}
