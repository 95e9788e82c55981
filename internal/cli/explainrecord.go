package cli

import (
	"errors"
	"fmt"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
)

// recorded looks an id up in the decision log: of a decision, or of a container.
func (e *explainer) recorded(id string) ([]subject, error) {
	r, err := audit.Find(e.decisions, id)
	if errors.Is(err, audit.ErrNotFound) {
		r, err = audit.FindContainer(e.decisions, id)
	}
	if errors.Is(err, audit.ErrNotFound) {
		return nil, refuse(fmt.Errorf("%q is no file, and no decision or container in %s has this id", id, e.decisions))
	}
	if err != nil {
		return nil, fmt.Errorf("%q is no file: look it up as an id: %w", id, err)
	}
	if r.Workload == nil {
		return nil, refuse(fmt.Errorf("decision %s in %s names no container", r.ID, e.decisions))
	}
	s := subject{name: "decision " + r.ID, workload: *r.Workload, record: &r}
	s.workload.Door = r.Door
	s.current = &enforce.Current{}
	switch r.Current {
	case "none":
		s.current.State = enforce.CurrentNone
	case "filter":
		s.current.State = enforce.CurrentFilter
		s.notes = append(s.notes, "the container's own filter is not on record")
	case "RuntimeDefault":
		s.current = nil // computed again, for the capabilities that are known
	}
	return []subject{s}, nil
}

// unasked reports whether a refusal on record was made before any policy was asked.
func unasked(r *audit.Record) bool { return r.Result == audit.ResultRefused && r.Snapshot == "" }
