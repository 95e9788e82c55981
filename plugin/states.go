package main

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seccompd/seccompd/pkg/nri"
)

// watch registers what is read from the daemon when somebody asks.
func (m *metrics) watch(d *daemon) { m.registry.MustRegister(&states{d: d}) }

// states reports the daemon's state as metrics.
type states struct{ d *daemon }

var (
	descBuild     = prometheus.NewDesc("seccompd_build_info", "The running version; always 1.", []string{"version"}, nil)
	descSnapshot  = prometheus.NewDesc("seccompd_snapshot_info", "The policy in force; 1, or absent where there is none.", []string{"digest", "mode"}, nil)
	descAge       = prometheus.NewDesc("seccompd_snapshot_age_seconds", "Time since the policy in force was made.", nil, nil)
	descStale     = prometheus.NewDesc("seccompd_snapshot_stale", "1 where the policy in force is not what its source says.", nil, nil)
	descApplied   = prometheus.NewDesc("seccompd_applies_total", "Changes of the policy's source, by whether it came into force.", []string{"result"}, nil)
	descSourceOK  = prometheus.NewDesc("seccompd_source_ok", "1 where the policy's source, when it was last read, was sound.", nil, nil)
	descSourceAt  = prometheus.NewDesc("seccompd_source_read_timestamp_seconds", "When the policy's source was last read.", nil, nil)
	descConnected = prometheus.NewDesc("seccompd_nri_connected", "1 where the engine is connected.", []string{"runtime", "version"}, nil)
	descClosed    = prometheus.NewDesc("seccompd_fail_closed", "Measures that refuse a container for which there was no answer: 1 in force, 0 not, NaN not known.", []string{"measure"}, nil)
	descRecords   = prometheus.NewDesc("seccompd_decision_records_total", "Records of decisions, by whether they reached the decision log.", []string{"result"}, nil)
)

// Describe implements prometheus.Collector.
func (s *states) Describe(c chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, c) }

// Collect implements prometheus.Collector.
func (s *states) Collect(c chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(descBuild, 1, version())
	source, force, good, bad := s.d.keeper.report()
	if force.Digest != "" {
		gauge(descSnapshot, 1, force.Digest, force.Mode)
		gauge(descAge, time.Since(force.Created).Seconds())
	}
	if p := s.d.keeper.policy(); p != nil {
		dates(p, time.Now(), gauge)
	}
	gauge(descStale, yes(force.Stale))
	counter(descApplied, good, "applied")
	counter(descApplied, bad, "failed")
	gauge(descSourceOK, yes(source.Error == ""))
	if !source.At.IsZero() {
		gauge(descSourceAt, float64(source.At.Unix()))
	}
	if s.d.usesNRI() {
		st := s.d.plugin.State()
		gauge(descConnected, yes(st.Connected), st.Runtime.Name, st.Runtime.Version)
		gauge(descClosed, measure(st.Validator), "validator")
		gauge(descClosed, measure(st.FailurePolicy), "failure_policy")
		gauge(descClosed, measure(requiredPlugins(st)), "required_plugins")
	}
	records := s.d.log.Stats()
	counter(descRecords, records.Written, "written")
	counter(descRecords, records.Dropped, "dropped")
	counter(descRecords, records.Failed, "failed")
}

// requiredPlugins says whether the engine refuses containers while we are away. Its validator can be seen, and not what
// that requires.
func requiredPlugins(st nri.State) nri.Tri {
	if st.DefaultValidator == nri.No {
		return nri.No
	}
	return nri.Unknown
}

func measure(t nri.Tri) float64 {
	switch t {
	case nri.Yes:
		return 1
	case nri.No:
		return 0
	case nri.Unknown:
	}
	return math.NaN()
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
