package drift

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
)

// records reads the newest decision on each of some containers from the decision log, and stops where it has them all or
// where the log is older than any of them can be. It returns how far back it looked. That there is no log is no error.
func records(path string, wanted map[string]bool, oldest time.Time) (out map[string]audit.Record, since time.Time, err error) {
	out, since = map[string]audit.Record{}, time.Now()
	if path == "" || len(wanted) == 0 {
		return out, since, nil
	}
	r, err := audit.NewLineReader("decision log", path)
	if errors.Is(err, fs.ErrNotExist) {
		return out, since, nil
	}
	if err != nil {
		return nil, since, err
	}
	defer func() { _ = r.Close() }()
	var last []byte
	for n := 0; len(out) < len(wanted); n++ {
		line, err := r.Line()
		if errors.Is(err, io.EOF) {
			var first audit.Record
			if json.Unmarshal(last, &first) == nil {
				since = first.Time
			}
			return out, since, nil
		}
		if err != nil {
			return nil, since, fmt.Errorf("read the decisions: %w", err)
		}
		last = append(last[:0], line...)
		id, ok := lineID(line)
		if ok && (!wanted[id] || known(out, id)) && n%256 != 0 {
			continue
		}
		var one audit.Record
		if json.Unmarshal(line, &one) != nil {
			continue // cut short by a full disk
		}
		since = one.Time
		if one.Time.Before(oldest) {
			break
		}
		if strings.HasPrefix(one.ID, audit.HookID) {
			continue // of a container that may run all the same, and no decision on it
		}
		if w := one.Workload; w != nil && wanted[w.ID] && !known(out, w.ID) {
			out[w.ID] = one
		}
	}
	return out, since, nil
}

func known(m map[string]audit.Record, id string) bool {
	_, ok := m[id]
	return ok
}

// lineID returns the id of the container that a line is about without decoding the line; not where the id has an escape in it.
func lineID(line []byte) (string, bool) {
	const before = `"workload":{"id":"`
	i := bytes.Index(line, []byte(before))
	if i < 0 {
		return "", false
	}
	rest := line[i+len(before):]
	end := bytes.IndexAny(rest, `"\`)
	if end < 0 || rest[end] != '"' {
		return "", false
	}
	return string(rest[:end]), true
}
