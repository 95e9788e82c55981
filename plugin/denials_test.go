package main

import (
	"fmt"
	"testing"

	"github.com/seccompd/seccompd/pkg/denial"
)

// Whatever workloads call, the series of seccompd_denials_total have a bound, and their sum is what was observed.
func TestDenialSeriesAreBounded(t *testing.T) {
	m := newMetrics()
	d := newDenials(t.Context(), settings{denials: "unused", runDir: t.TempDir()}, m)
	const rules, calls = 50, 400
	for rule := range rules {
		for nr := range calls {
			d.observe(denial.Container{Rule: fmt.Sprint("rule", rule)}, denial.Event{Arch: 0xc000003e, NR: int32(nr), Code: 0x50000}, 3)
			d.observe(denial.Container{Rule: fmt.Sprint("rule", rule)}, denial.Event{Arch: 0xc000003e, NR: int32(1 << 20 * nr), Code: 0x50000}, 1)
		}
	}
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range families {
		if f.GetName() != "seccompd_denials_total" {
			continue
		}
		found = true
		total := 0.0
		for _, s := range f.Metric {
			total += s.Counter.GetValue()
		}
		if len(f.Metric) > maxSeries+8 || total != rules*calls*4 {
			t.Errorf("%d series with %v denials, want %d", len(f.Metric), total, rules*calls*4)
		}
	}
	if !found {
		t.Error("no series")
	}
}

// Without a file nothing is read, and nothing is said of it.
func TestNoDenials(t *testing.T) {
	m := newMetrics()
	d := newDenials(t.Context(), settings{}, m)
	d.run(t.Context())
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "seccompd_denials_reading" {
			t.Error("it says whether it reads")
		}
	}
}
