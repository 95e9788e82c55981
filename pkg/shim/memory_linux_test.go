package shim

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

func TestMemory(t *testing.T) {
	m := memory(t.TempDir() + "/results")
	if got := m.Recall("a"); got != nil {
		t.Errorf("%q", got)
	}
	m.Keep("a", []byte("one"))
	if got := m.Recall("a"); string(got) != "one" {
		t.Errorf("%q", got)
	}
	for i := range maxKept {
		m.Keep(fmt.Sprint(i), []byte("x"))
	}
	if entries, err := os.ReadDir(string(m)); err != nil || len(entries) > maxKept {
		t.Errorf("%d, %v", len(entries), err)
	}
}

// However large results are, what is kept of them is not.
func TestMemoryIsBounded(t *testing.T) {
	m := memory(t.TempDir() + "/results")
	m.Keep("large", make([]byte, maxResult))
	if entries, err := os.ReadDir(string(m)); len(entries) > 0 {
		t.Errorf("a result is kept that is larger than any that is read: %v, %v", entries, err)
	}
	const size = maxResult - 1<<10
	for i := range 2 * maxBytes / size {
		m.Keep(fmt.Sprint(i), make([]byte, size))
		if m.Recall(fmt.Sprint(i)) == nil {
			t.Fatalf("result %d is not kept", i)
		}
		entries, err := os.ReadDir(string(m))
		if err != nil || sizeOf(entries) > maxBytes+1<<10 {
			t.Fatalf("%d bytes are kept: %v", sizeOf(entries), err)
		}
	}
}

// What somebody else could have put there, or only half of what was, is computed again.
func TestForgedMemory(t *testing.T) {
	for name, forge := range map[string]func(dir, file string) error{
		"a directory that others enter": func(dir, _ string) error { return os.Chmod(dir, 0o755) },
		"a directory of another user":   func(dir, _ string) error { return os.Chown(dir, 1234, 0) },
		"a file that others read":       func(_, file string) error { return os.Chmod(file, 0o644) },
		"a file of another user":        func(_, file string) error { return os.Chown(file, 1234, 0) },
		"a linked file": func(_, file string) error {
			return errors.Join(os.Rename(file, file+"x"), os.Symlink(file+"x", file))
		},
		"a linked directory": func(dir, _ string) error {
			return errors.Join(os.Rename(dir, dir+"x"), os.Symlink(dir+"x", dir))
		},
		"half a file":    func(_, file string) error { return os.Truncate(file, 33) },
		"nothing":        func(_, file string) error { return os.Truncate(file, 0) },
		"a huge file":    func(_, file string) error { return os.Truncate(file, maxResult+1) },
		"a changed file": func(_, file string) error { return os.WriteFile(file, make([]byte, 40), 0o600) },
	} {
		if os.Geteuid() != 0 {
			t.Fatal("files of others are made by root only")
		}
		dir := t.TempDir() + "/results"
		m := memory(dir)
		m.Keep("a", []byte("one"))
		if m.Recall("a") == nil {
			t.Fatal("control")
		}
		if err := forge(dir, dir+"/a"); err != nil {
			t.Fatal(err)
		}
		if got := m.Recall("a"); got != nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}
