package integration_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestShimCompilesAgain replaces the real runtime after the policy was
// compiled: the door has it compiled once more, once, whoever comes first.
func TestShimCompilesAgain(t *testing.T) {
	t.Parallel()
	s := newShim(t, "")
	runc := s.dir + "/real/runc"
	copyFile(t, s.binary(t, "runc"), runc)
	s.configure(t, map[string]any{"runtimes": map[string]string{"runc": runc}})
	s.runtimes = []string{runc}
	s.apply(t, attackPolicy)
	snapshots := func() int {
		all, _ := filepath.Glob(s.dir + "/state/*.snapshot")
		return len(all)
	}
	b := newBundle(t, s)
	b.created(b.run())
	if got := snapshots(); got != 1 {
		t.Fatalf("control: %d snapshots though nothing changed", got)
	}
	time.Sleep(20 * time.Millisecond) // a tick of the clock that files are stamped by
	copyFile(t, s.binary(t, "runc"), runc+".new")
	if err := os.Rename(runc+".new", runc); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		b := newBundle(t, s)
		all.Go(func() { b.created(b.run()) })
	}
	all.Wait()
	if got := snapshots(); got != 2 {
		t.Errorf("%d snapshots, want 2: compiled once more", got)
	}
	for _, d := range s.decisions(t) {
		for _, note := range d.Notes {
			if strings.Contains(note, "another host") {
				t.Errorf("noted %q though it was compiled again", note)
			}
		}
	}
	// Where it cannot be, containers are created all the same, and the record says so.
	s.configure(t, map[string]any{"runtimes": map[string]string{"runc": runc}, "seccompctl": "/nowhere/seccompctl"})
	if err := os.Chmod(runc, 0o750); err != nil {
		t.Fatal(err)
	}
	b = newBundle(t, s)
	b.created(b.run())
	if d := s.of(t, b.id); !strings.Contains(strings.Join(d.Notes, "\n"), "compiled for another host: the runtime "+runc+" was replaced") {
		t.Errorf("notes %q", d.Notes)
	}
}
