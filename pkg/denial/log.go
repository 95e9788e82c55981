package denial

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
)

// Query says which denials are wanted: those since a time, and of one container where Container is not "": an id or a
// prefix of one of at least 8 characters, a name, a pod, NAMESPACE/POD or NAMESPACE/POD/NAME.
type Query struct {
	Since     time.Time
	Container string
}

// Matches reports whether a denial is wanted.
func (q Query) Matches(d Denial) bool {
	if d.Time.Before(q.Since) {
		return false
	}
	c, want := d.Container, q.Container
	if want == "" || c.ID == want || len(want) >= 8 && strings.HasPrefix(c.ID, want) {
		return true
	}
	namespace, rest, ok := strings.Cut(want, "/")
	if !ok {
		return want == c.Name || want == c.Pod
	}
	pod, name, ok := strings.Cut(rest, "/")
	return namespace == c.Namespace && pod == c.Pod && (!ok || name == c.Name)
}

// Read hands over the denials in the log at path that a query wants, the newest first, and what was set aside after it.
// Lines that are no denials, as one that a full disk cut short, are passed over.
func Read(path string, q Query, take func(Denial)) error {
	r, err := audit.NewLineReader("denials", path)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	for {
		line, err := r.Line()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if d, ok := decode(line); ok && q.Matches(d) {
			take(d)
		}
	}
}

// Follower reads what is appended to a log of denials, over its rotations. It belongs to one goroutine.
type Follower struct{ tail tail }

// NewFollower follows the log at path, which may not exist yet: from its end on, or with the newest 8 MiB of its history.
func NewFollower(path string, history bool) (*Follower, error) {
	f := &Follower{tail{what: "denials", path: path}}
	if history {
		return f, nil
	}
	return f, f.tail.read(func([]byte) {})
}

// Next hands over what was written since it was last called, the oldest first.
func (f *Follower) Next(take func(Denial)) error {
	return f.tail.read(func(line []byte) {
		if d, ok := decode(line); ok {
			take(d)
		}
	})
}

// Close closes the log.
func (f *Follower) Close() { f.tail.close() }

func decode(line []byte) (Denial, bool) {
	var d Denial
	err := json.Unmarshal(bytes.TrimSpace(line), &d)
	return d, err == nil && d.Count > 0
}
