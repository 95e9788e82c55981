package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadFileOfPipes: what a shell hands over is read to its end, and for a pipe without a writer nobody waits.
func TestReadFileOfPipes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := readFile(name); err != nil || len(text) > 0 {
		t.Errorf("a pipe without a writer: %q, %v", text, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := strings.Repeat("kind: Pod\n", 20_000) // more than a pipe holds
	go func() {
		_, _ = w.WriteString(want)
		_ = w.Close()
	}()
	if text, err := readFile(fmt.Sprintf("/dev/fd/%d", r.Fd())); err != nil || string(text) != want {
		t.Errorf("a pipe with a writer: %d bytes, want %d: %v", len(text), len(want), err)
	}
}
