package audit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/seccompd/seccompd/pkg/audit"
)

// appendMany appends lines as many doors do that are a process for each container, each with the file opened anew.
func appendMany(t *testing.T, path string, doors, each int, line []byte) {
	t.Helper()
	var all sync.WaitGroup
	for range doors {
		all.Go(func() {
			for range each {
				if err := audit.Append(path, line); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// TestLineOfADoorThatStillWrites: a line that another door is in the middle of is not taken for one that a full disk cut.
func TestLineOfADoorThatStillWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	line := bytes.Repeat([]byte("x"), 40_000) // many pages: the file grows while it is written
	appendMany(t, path, 8, 100, line)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := bytes.Repeat(append(line, '\n'), 800); !bytes.Equal(text, want) {
		t.Errorf("%d bytes with %d lines, want %d with 800", len(text), bytes.Count(text, []byte("\n")), len(want))
	}
}

// TestDoorsSetTheLogAsideOnce: doors that find the log full at the same time do not set the new one aside as well, which
// would lose what was in the full one.
func TestDoorsSetTheLogAsideOnce(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "d")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		const full = 64 << 20
		if err := os.Truncate(path, full); err != nil {
			t.Fatal(err)
		}
		appendMany(t, path, 16, 4, []byte("{}"))
		for name, want := range map[string]int64{path + ".1": full, path: 16 * 4 * 3} {
			if st, err := os.Stat(name); err != nil || st.Size() != want {
				t.Fatalf("%v, %v; want %d bytes in it", st.Size(), err, want)
			}
		}
	}
}
