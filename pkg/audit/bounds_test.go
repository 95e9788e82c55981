package audit_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/workload"
)

// large is a record of a workload with as many annotations as an API server lets through.
func large(id string) audit.Record {
	r := record(id)
	w, text := *r.Workload, map[string]string{}
	for i := range 256 {
		text[fmt.Sprintf("example.com/%d", i)] = strings.Repeat("\x01", 1<<10)
	}
	w.Annotations = workload.Known(text)
	r.Workload = &w
	return r
}

// TestWaitingRecordsAreBoundedInMemory: where writing hangs, what waits is bounded by its size and not only in number.
func TestWaitingRecordsAreBoundedInMemory(t *testing.T) {
	hang := make(chan struct{})
	l := audit.NewLog(audit.Settings{Then: func(audit.Record) { <-hang }})
	for i := range 1000 {
		l.Record(large(fmt.Sprint(i)))
	}
	dropped := l.Stats().Dropped
	if dropped < 700 || dropped > 800 {
		t.Errorf("%d of 1000 records of 256 KiB were dropped; want what is over 64 MiB", dropped)
	}
	close(hang)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		l.Record(large("after"))
		if now := l.Stats().Dropped; now == dropped {
			break
		} else {
			dropped = now
		}
	}
	if l.Record(large("last")); l.Stats().Dropped != dropped {
		t.Error("records are dropped when there is room again")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	l.Close(ctx)
}

// TestRecentIsSmall: the status with the newest refusals is written often, so it does not grow with what workloads write.
func TestRecentIsSmall(t *testing.T) {
	recent := audit.NewRecent(32)
	for i := range 32 {
		recent.Add(large(fmt.Sprint(i)))
	}
	text, err := audit.Status{Refusals: recent.List()}.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 1<<20 {
		t.Errorf("the status has %d bytes", len(text))
	}
	if r := recent.List()[0]; !r.Shortened || r.ID != "31" || r.Workload.Pod.Or("") != "web" {
		t.Errorf("kept %+v", r)
	}
	recent.Add(record("small"))
	if r := recent.List()[0]; r.Shortened {
		t.Error("a small record is cut")
	}
}
