package audit

import (
	"slices"
	"sync"
)

// Recent holds the newest records of some kind, for a status that is written often: workloads with long texts are cut
// short. It is safe for concurrent use.
type Recent struct {
	mu   sync.Mutex
	ring []Record
	next int
}

// A workload with more text than maxRecent is cut short.
const (
	maxRecent        = 8 << 10
	maxRecentEntries = 8
)

// NewRecent holds up to n records.
func NewRecent(n int) *Recent { return &Recent{ring: make([]Record, 0, n)} }

// Add adds a record, forgetting the oldest where there is no room.
func (r *Recent) Add(rec Record) {
	if rec.Workload != nil && size(rec.Workload) > maxRecent {
		rec.Workload, rec.Shortened = shorten(rec.Workload, maxRecentEntries), true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) < cap(r.ring) {
		r.ring = append(r.ring, rec)
		return
	}
	r.ring[r.next] = rec
	r.next = (r.next + 1) % len(r.ring)
}

// List returns the records, the newest first.
func (r *Recent) List() []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Concat(r.ring[r.next:], r.ring[:r.next])
	slices.Reverse(out)
	return out
}
