package engineconf

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRealRuntimes never takes ours for a real one, by whatever link its name leads there.
func TestRealRuntimes(t *testing.T) {
	root := t.TempDir()
	find := func(want map[string]string) {
		t.Helper()
		got, err := RealRuntimes(root, ShimDir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	find(map[string]string{})
	write(t, filepath.Join(root, "usr/bin/crun"), "real", 0o755)
	write(t, filepath.Join(root, "usr/sbin/runc"), "not a program", 0o644)
	write(t, filepath.Join(root, "usr/bin/runc"), "real", 0o755)
	find(map[string]string{"crun": "/usr/bin/crun", "runc": "/usr/bin/runc"})

	write(t, filepath.Join(root, ShimDir, "runc"), "ours", 0o755)
	if err := os.Rename(filepath.Join(root, "usr/bin/runc"), filepath.Join(root, "usr/bin/runc.distrib")); err != nil {
		t.Fatal(err)
	}
	for _, link := range []func(from, to string) error{
		func(_, to string) error { return os.Symlink(ShimDir+"/runc", to) }, // as install.sh does; it leads out of the tree
		os.Symlink, os.Link,
	} {
		to := filepath.Join(root, "usr/bin/runc")
		if err := link(filepath.Join(root, ShimDir, "runc"), to); err != nil {
			t.Fatal(err)
		}
		find(map[string]string{"crun": "/usr/bin/crun", "runc": "/usr/bin/runc.distrib"})
		if err := os.Remove(to); err != nil {
			t.Fatal(err)
		}
	}
}
