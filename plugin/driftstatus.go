package main

import "github.com/seccompd/seccompd/pkg/audit"

// status is the last look at the containers that run, for the status file.
func (d *drifts) status() *audit.Drift {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last == nil {
		return nil
	}
	out := &audit.Drift{At: d.last.Time, Containers: map[string]int{}}
	for v, n := range d.last.Counts {
		out.Containers[string(v)] = n
	}
	return out
}
