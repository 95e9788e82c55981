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

// TestRealRuntimesAfterUninstall finds the real runtime where our names were turned over to it.
func TestRealRuntimesAfterUninstall(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "usr/bin/runc"), "real", 0o755)
	if err := os.MkdirAll(filepath.Join(root, ShimDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "usr/bin/runc"), filepath.Join(root, ShimDir, "runc")); err != nil {
		t.Fatal(err)
	}
	got, err := RealRuntimes(root, ShimDir)
	if err != nil || got["runc"] != "/usr/bin/runc" {
		t.Errorf("runtimes: %v, %v", got, err)
	}
}

func TestNamedRuntime(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "opt/crun-1.19"), "real", 0o755)
	write(t, filepath.Join(root, "opt/text"), "text", 0o644)
	write(t, filepath.Join(root, "opt/runc.distrib"), "real", 0o755)
	write(t, filepath.Join(root, ShimDir, "runc"), "ours", 0o755)
	for _, to := range []string{"opt/runc", "opt/other"} {
		if err := os.Symlink(ShimDir+"/runc", filepath.Join(root, to)); err != nil {
			t.Fatal(err)
		}
	}
	at := func(path string) string { return filepath.Join(root, path) } // in the system's own tree
	for _, test := range []struct{ root, path, name, real, refused string }{
		{root, "/opt/crun-1.19", "crun", "/opt/crun-1.19", ""},
		{root, "/opt/runc", "runc", "/opt/runc.distrib", ""},
		{root, "/opt/later", "runc", "/opt/later", ""},
		{"", at("opt/crun-1.19"), "crun", at("opt/crun-1.19"), ""},
		{"", at("opt/later"), "", "", "there is no such file"},
		{root, "/opt/text", "", "", "it is not a program"},
		{root, "/opt", "", "", "it is not a program"},
		{root, "/opt/other", "", "", "it is seccompd's own, and the one that it stands for is not beside it as other.distrib"},
		{root, ShimDir + "/runc", "", "", "it is seccompd's own, and the one that it stands for is not beside it as runc.distrib"},
		{root, "opt/runc", "", "", "the path must begin with /"},
	} {
		name, real, err := NamedRuntime(test.root, ShimDir, test.path)
		refused := ""
		if err != nil {
			refused = err.Error()
		}
		if name != test.name || real != test.real || refused != test.refused {
			t.Errorf("%s: %q, %q, %q; want %q, %q, %q", test.path, name, real, refused, test.name, test.real, test.refused)
		}
	}
}
