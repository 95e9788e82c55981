package denial

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"testing"

	"github.com/seccompd/seccompd/pkg/audit"
)

func lines(t *testing.T, path string) []Denial {
	t.Helper()
	r, err := audit.NewLineReader("denials", path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var out []Denial
	for {
		line, err := r.Line()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var d Denial
		if err := json.Unmarshal(line, &d); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, d)
	}
}

func sum(list []Denial, match func(Denial) bool) (n uint64) {
	for _, d := range list {
		if match(d) {
			n += d.Count
		}
	}
	return n
}
