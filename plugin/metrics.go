package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/shim"
)

// metrics counts what the daemon does. What is a state and not a count is read when somebody asks.
type metrics struct {
	registry   *prometheus.Registry
	containers *prometheus.CounterVec
	refusals   *prometheus.CounterVec
	handlers   *prometheus.HistogramVec
	questions  *prometheus.CounterVec

	mu      sync.Mutex
	results map[audit.Result]uint64
	doors   *audit.RuntimeDoors
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		results:  map[audit.Result]uint64{},
		containers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seccompd_containers_total", Help: "Containers decided on at the NRI door, by the rule and its action, and what became of them.",
		}, []string{"action", "rule", "result"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seccompd_refusals_total", Help: "Containers refused, by reason.",
		}, []string{"reason"}),
		handlers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "seccompd_handler_seconds", Help: "Time that the plugin took to answer the engine.",
			Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .05, .25, 1, 2},
		}, []string{"handler"}),
		questions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seccompd_runtime_questions_total", Help: "Containers that a runtime door asked about: done, or left to the door to decide.",
		}, []string{"answer"}),
	}
	m.registry.MustRegister(m.containers, m.refusals, m.handlers, m.questions)
	return m
}

// answering notes that runtime doors can ask, or why they cannot.
func (m *metrics) answering(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.doors = &audit.RuntimeDoors{}
	if err != nil {
		m.doors.Error = err.Error()
	}
}

// answered counts the answer to a runtime door, and notes why it was left to the door.
func (m *metrics) answered(answer string, err error) {
	m.questions.WithLabelValues(answer).Inc()
	m.mu.Lock()
	defer m.mu.Unlock()
	if answer == shim.Done {
		m.doors.Done++
		return
	}
	m.doors.Left++
	m.doors.Why = fmt.Sprintf("%.400s", err.Error()) // a refusal tells what a policy says of a container
}

// runtimeDoors returns what was done for runtime doors; nil before they can ask.
func (m *metrics) runtimeDoors(s settings) *audit.RuntimeDoors {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.doors == nil {
		return nil
	}
	out := *m.doors
	out.StateDir, out.RunDir, out.Decisions = s.stateDir, s.runDir, s.decisions
	return &out
}

func (m *metrics) observe(handler string, took time.Duration) {
	m.handlers.WithLabelValues(handler).Observe(took.Seconds())
}

func (m *metrics) record(r audit.Record) {
	m.containers.WithLabelValues(string(r.Action), r.Rule, string(r.Result)).Inc()
	if r.Result == audit.ResultRefused {
		m.refusals.WithLabelValues(string(r.Reason)).Inc()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.results[r.Result]++
}

// counts returns how many containers there were by result.
func (m *metrics) counts() map[audit.Result]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[audit.Result]uint64{}
	for r, n := range m.results {
		out[r] = n
	}
	return out
}
