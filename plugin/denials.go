package main

import (
	"context"
	"sync"
	"time"

	"github.com/containerd/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/denial"
)

// denials is the part of the daemon that reads the kernel's audit records.
type denials struct {
	watcher *denial.Watcher
	runDir  string
	counts  *prometheus.CounterVec

	mu     sync.Mutex
	series map[[3]string]bool
}

// maxSeries bounds the series of seccompd_denials_total. Rules come from the policy and calls from the kernel's tables, but
// a policy changes, and there are many calls.
const maxSeries = 1000

func newDenials(ctx context.Context, s settings, m *metrics) *denials {
	d := &denials{runDir: s.runDir, series: map[[3]string]bool{}}
	if s.denials == "" {
		return d
	}
	d.counts = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "seccompd_denials_total",
		Help: "Calls that the kernel reported, by the rule of the container, what its filter did, and the call; \"other\" beyond a number of series.",
	}, []string{"rule", "action", "syscall"})
	d.watcher = denial.NewWatcher(denial.Settings{
		Path: s.denials, Decisions: s.decisions, Observe: d.observe,
		Fault: func(err error) {
			log.G(ctx).WithError(err).Warn("denials are not seen, or not written, until this is over")
		},
	})
	m.registry.MustRegister(d.counts, d)
	return d
}

// decided tells of a decision on a container.
func (d *denials) decided(r audit.Record) {
	if d.watcher != nil {
		d.watcher.Known(r)
	}
}

// run reads until the context is done, and says how that goes.
func (d *denials) run(ctx context.Context) {
	if d.watcher == nil {
		return
	}
	var saying sync.WaitGroup
	saying.Go(func() { d.say(ctx) })
	d.watcher.Run(ctx)
	saying.Wait()
}

// say keeps the file that seccompctl denials reads up to date.
func (d *denials) say(ctx context.Context) {
	d.begun(ctx)
	next := time.NewTicker(denial.StatusInterval)
	defer next.Stop()
	failed := false
	for {
		err := denial.WriteStatus(d.runDir, time.Now(), d.watcher.Stats())
		if err != nil && !failed {
			log.G(ctx).WithError(err).Warn("write how the reading of denials goes")
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			s := d.watcher.Stats()
			s.Reading, s.Error = false, "it stopped"
			_ = denial.WriteStatus(d.runDir, time.Now(), s) // nobody is left to tell
			return
		case <-next.C:
		}
	}
}

// begun waits until the reading has begun or failed, for a moment: who asks then need not hear that it has not.
func (d *denials) begun(ctx context.Context) {
	late := time.After(denial.StatusInterval)
	for s := d.watcher.Stats(); !s.Reading && s.Error == ""; s = d.watcher.Stats() {
		select {
		case <-ctx.Done():
			return
		case <-late:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (d *denials) observe(c denial.Container, e denial.Event, n uint64) {
	call := e.Syscall()
	if call == "" || call[0] == '#' {
		call = other // there are as many of these as numbers
	}
	labels := [3]string{c.Rule, string(e.Action()), call}
	d.mu.Lock()
	if !d.series[labels] && len(d.series) >= maxSeries {
		labels = [3]string{other, labels[1], other}
	}
	d.series[labels] = true
	d.mu.Unlock()
	d.counts.WithLabelValues(labels[:]...).Add(float64(n))
}

const other = "other"

var (
	descReading  = prometheus.NewDesc("seccompd_denials_reading", "1 where the kernel's records of denied calls are read.", nil, nil)
	descSeen     = prometheus.NewDesc("seccompd_denial_records_total", "Records of seccomp, by whose they are.", []string{"of"}, nil)
	descOverruns = prometheus.NewDesc("seccompd_denial_overruns_total", "Times that messages were lost, nobody knows how many, by what they were about.", []string{"about"}, nil)
	descLost     = prometheus.NewDesc("seccompd_denial_kernel_lost_total", "Audit records of any kind that the kernel could not queue.", nil, nil)
	descLines    = prometheus.NewDesc("seccompd_denial_lines_total", "Lines for the log of denials; those that failed are tried again.", []string{"result"}, nil)
)

// Describe implements prometheus.Collector.
func (d *denials) Describe(c chan<- *prometheus.Desc) { prometheus.DescribeByCollect(d, c) }

// Collect implements prometheus.Collector.
func (d *denials) Collect(c chan<- prometheus.Metric) {
	counter := func(desc *prometheus.Desc, v uint64, labels ...string) {
		c <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(v), labels...)
	}
	s := d.watcher.Stats()
	c <- prometheus.MustNewConstMetric(descReading, prometheus.GaugeValue, yes(s.Reading))
	counter(descSeen, s.Attributed, "container")
	counter(descSeen, s.Outside, "outside")
	counter(descSeen, s.Unattributed, "unattributed")
	counter(descSeen, s.Bad, "unreadable")
	counter(descOverruns, s.Overruns, "records")
	counter(descOverruns, s.ProcessOverruns, "processes")
	counter(descLost, s.KernelLost)
	counter(descLines, s.Lines, "written")
	counter(descLines, s.Failed, "failed")
}
