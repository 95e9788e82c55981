package drift_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/drift"
)

// TestConfigurationsThatDoNotCount: a configuration that others than root could have written says nothing of its container, and one
// that is no file keeps nobody waiting.
func TestConfigurationsThatDoNotCount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("files of others are made by root only")
	}
	m := newMachine(t)
	snap := m.policy(t, start, "floor: {deny: [mincore]}\ndefault: {action: keep}\n")
	file := func(id string) string {
		return filepath.Join(m.dir, "run/io.containerd.runtime.v2.task/default", id, "config.json")
	}
	for id, change := range map[string]func(path string) error{
		"control":       func(string) error { return nil },
		"of a user":     func(path string) error { return os.Chown(path, 1234, 0) },
		"for everybody": func(path string) error { return os.Chmod(path, 0o666) },
		"bundle":        func(path string) error { return os.Chown(filepath.Dir(path), 1234, 0) },
		"a pipe":        func(path string) error { return errors.Join(os.Remove(path), unix.Mkfifo(path, 0o600)) },
		"a link":        func(path string) error { return errors.Join(os.Rename(path, path+"-"), os.Symlink(path+"-", path)) },
		"a directory":   func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		m.container(t, id, denying("mincore"), 1)
		if err := change(file(id)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"init.pid", "shim-binary-path", "options.json"} { // and so are others
		m.container(t, name, denying("mincore"), 1)
		path := filepath.Join(filepath.Dir(file(name)), name)
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n := drift.New(drift.Settings{Roots: m.roots, Engine: engineOf(t, snap, start), Snapshot: snap})
	r, err := n.Audit(t.Context(), drift.Query{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]drift.Container{}
	for _, c := range r.Containers {
		got[c.ID] = c
	}
	for _, id := range []string{"of a user", "for everybody", "bundle", "a pipe", "a link", "a directory"} {
		if c := got[id]; c.Verdict != drift.Unknown || !strings.Contains(c.Reason, "its configuration cannot be read") {
			t.Errorf("%s: %s: %s", id, c.Verdict, c.Reason)
		}
	}
	for _, id := range []string{"control", "shim-binary-path", "options.json"} {
		if c := got[id]; c.Verdict != drift.Enforced {
			t.Errorf("%s: %s: %s", id, c.Verdict, c.Reason)
		}
	}
}
