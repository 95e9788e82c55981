package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// Lines are kept under maxLine bytes: a pod's annotations may be 256 KiB.
const (
	maxLine    = 64 << 10
	maxText    = 256
	maxEntries = 32
)

// encode returns the line of a record, without its newline.
func encode(r Record) ([]byte, error) {
	line, err := json.Marshal(r)
	if err == nil && len(line) > maxLine && r.Workload != nil {
		r.Workload, r.Shortened = shorten(r.Workload, maxEntries), true
		line, err = json.Marshal(r)
	}
	if err != nil {
		return nil, fmt.Errorf("encode decision %s: %w", r.ID, err)
	}
	return escape(line), nil
}

// shorten returns a copy of a workload whose texts are short, and its maps small. It shares none that is cut.
func shorten(w *workload.Workload, entries int) *workload.Workload {
	c := *w
	c.Labels, c.PodLabels, c.Annotations = few(w.Labels, entries), few(w.PodLabels, entries), few(w.Annotations, entries)
	for _, a := range []*workload.Attr[string]{&c.Namespace, &c.Pod, &c.Container, &c.Image, &c.LocalhostProfile, &c.RuntimeHandler} {
		if v, ok := a.Value(); ok {
			*a = workload.Known(strings.Clone(prefix(v, maxText)))
		}
	}
	return &c
}

func few(a workload.Attr[map[string]string], entries int) workload.Attr[map[string]string] {
	all, ok := a.Value()
	if !ok {
		return a
	}
	out := map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if len(out) == entries {
			break
		}
		out[strings.Clone(prefix(k, maxText))] = strings.Clone(prefix(all[k], maxText))
	}
	return workload.Known(out)
}
