package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seccompd/seccompd/pkg/policy"
)

var (
	descException = prometheus.NewDesc("seccompd_exception_end_timestamp_seconds", "When each exception of the policy in force ends, or ended.", []string{"exception"}, nil)
	descFloor     = prometheus.NewDesc("seccompd_floor_entries", "Entries of the floor in force, by what they do now: those in audit only log.", []string{"state"}, nil)
)

// dates reports what of a policy depends on the time. There are at most policy.MaxExceptions series of exceptions.
func dates(p *policy.Policy, now time.Time, gauge func(d *prometheus.Desc, v float64, labels ...string)) {
	for i := range p.Exceptions {
		gauge(descException, float64(p.Exceptions[i].Until.Unix()), p.Exceptions[i].Name)
	}
	entries := map[policy.EntryState]int{}
	if p.Floor != nil {
		for _, c := range p.Floor.Deny {
			entries[p.EntryState(c, now)]++
		}
		if p.Floor.Profile != nil {
			entries[p.EntryState(policy.Call{}, now)]++
		}
	}
	for _, state := range policy.EntryStates() {
		gauge(descFloor, float64(entries[state]), string(state))
	}
}
