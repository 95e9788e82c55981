package audit_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/audit"
)

func ids(t *testing.T, r *audit.Reader) string {
	t.Helper()
	var out []string
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return strings.Join(out, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec.ID)
	}
}

// TestReadWhatWasSetAsideAlone: between setting a log aside and the next decision there is no log of its name.
func TestReadWhatWasSetAsideAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	write(t, path, record("a-1"), record("a-2"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if r, err := audit.Find(path, "a-1"); err != nil || r.ID != "a-1" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := audit.Find(path, "b"); !errors.Is(err, audit.ErrNotFound) {
		t.Errorf("an id that is not there: %v", err)
	}
}

// TestReadWhileSetAside: a log that is set aside while it is read is not read twice.
func TestReadWhileSetAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	write(t, path, record("old"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, path, record("a-1"), record("a-2"))
	r, err := audit.NewReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, path, record("new"))
	if got := ids(t, r); got != "a-2 a-1" {
		t.Errorf("read %s", got)
	}
}

// TestReadOfAFullDisk: what a full disk cut short is passed over, and what was written when there was room again is found.
func TestReadOfAFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	write(t, path, record("a-1"))
	line, err := audit.Line(record("cut"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(line[:len(line)/2]); err != nil {
		t.Fatal(err)
	}
	f.Close()
	// The doors that are a process for each container write to the same file.
	if line, err = audit.Line(record("other-door")); err == nil {
		err = audit.Append(path, line)
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := audit.NewReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := ids(t, r); got != "other-door a-1" {
		t.Errorf("read %s", got)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}
