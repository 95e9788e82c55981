package cli

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/workload"
)

// TestProbeIsRecordedLater: the decision on the probe container may be written when the container has ended already.
func TestProbeIsRecordedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	looks := 0
	find := func() (audit.Record, error) {
		if looks++; looks == 3 {
			log := audit.NewLog(audit.Settings{Path: path})
			log.Record(audit.Record{ID: "1", Result: audit.ResultInstalled, Workload: &workload.Workload{ID: "probe-x"}})
			log.Close(t.Context())
		}
		return audit.FindContainer(path, "probe-x")
	}
	if r, err := recordedSoon(find); err != nil || r.ID != "1" || looks != 3 {
		t.Errorf("after %d looks: %+v, %v", looks, r, err)
	}
	if _, err := recordedSoon(func() (audit.Record, error) { return audit.FindContainer(path, "probe-y") }); !errors.Is(err, audit.ErrNotFound) {
		t.Errorf("one that is not recorded: %v", err)
	}
}
