package coverage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/internal/coverage"
	"github.com/seccompd/seccompd/internal/engineconf"
)

func put(t *testing.T, root, path, text string) {
	t.Helper()
	path = filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil { //nolint:gosec // programs
		t.Fatal(err)
	}
}

// TestEngines follows a node from nothing to a guarded one, and through what is wrong on the way.
func TestEngines(t *testing.T) {
	root := t.TempDir()
	n := coverage.Node{Root: root, Shims: engineconf.ShimDir, Containerd: engineconf.Containerd{ConfigPath: "/etc/containerd/config.toml", DropInDir: "/etc/containerd/conf.d"}}
	if found := n.Engines(t.Context()); len(found) != 0 {
		t.Fatalf("an empty tree has %+v", found)
	}
	put(t, root, "usr/sbin/dockerd", "#!/bin/sh\necho Docker version 20.10.24+dfsg1, build 297e128\n")
	put(t, root, "usr/bin/podman", "#!/bin/sh\necho podman/v2 version v4.3.1\n")
	put(t, root, "usr/bin/crio", "#!/bin/sh\nexit 1\n")
	put(t, root, "etc/crio/crio.conf.d/10-crio.conf", "[crio.runtime.runtimes.runc]\nruntime_path = '/usr/bin/runc'\n[crio.runtime.runtimes.kata]\nruntime_path = '/usr/bin/kata'\n")
	expect(t, n, "not installed", map[string]string{"docker": "no", "podman": "no", "cri-o": "no"})

	put(t, root, engineconf.ShimDir+"/runc", "x")
	expect(t, n, "settings", map[string]string{"docker": "no", "podman": "no", "cri-o": "no"})
	put(t, root, "etc/seccompd/runtime.json", "{}")
	expect(t, n, "does not lead", map[string]string{"docker": "no", "podman": "no", "cri-o": "no"})

	change, err := engineconf.PlanAll(true, engineconf.Podman{Shims: n.Shims, Root: root}, engineconf.CRIO{Shims: n.Shims, Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if err := change.Apply(); err != nil {
		t.Fatal(err)
	}
	expect(t, n, "", map[string]string{"docker": "no", "podman": "yes", "cri-o": "yes"})
	for _, e := range n.Engines(t.Context()) {
		if want := e.Name == "podman"; e.Guarded() != want { // CRI-O has Kata beside
			t.Errorf("%s guarded: %v, open %v", e.Name, e.Guarded(), e.Open)
		}
	}
	put(t, root, "etc/docker/daemon.json", "{")
	expect(t, n, "", map[string]string{"docker": "unknown", "podman": "yes", "cri-o": "yes"})
}

// TestCheckpoints: where containers can be restored, NRI alone leaves something open.
func TestCheckpoints(t *testing.T) {
	root := t.TempDir()
	n := coverage.Node{Root: root, Shims: engineconf.ShimDir, Containerd: engineconf.Containerd{ConfigPath: "/etc/containerd/config.toml", DropInDir: "/etc/containerd/conf.d"}}
	put(t, root, "usr/bin/containerd", "#!/bin/sh\necho containerd github.com/containerd/containerd/v2 v2.2.0 x\n")
	open := func() int {
		t.Helper()
		found := n.Engines(t.Context())
		if len(found) != 1 || found[0].Name != "containerd" {
			t.Fatalf("it finds %+v", found)
		}
		count := 0
		for _, o := range found[0].Open {
			if strings.Contains(o.What, "criu is installed") && o.Close != "" {
				count++
			}
		}
		return count
	}
	if got := open(); got != 0 {
		t.Errorf("without criu: %d", got)
	}
	put(t, root, "usr/sbin/criu", "#!/bin/sh\n")
	if got := open(); got != 1 {
		t.Errorf("with criu: %d, want 1", got)
	}
}

func expect(t *testing.T, n coverage.Node, how string, states map[string]string) {
	t.Helper()
	found := n.Engines(t.Context())
	if len(found) != len(states) {
		t.Errorf("it finds %+v", found)
	}
	versions := map[string]string{"docker": "20.10.24+dfsg1", "podman": "4.3.1", "cri-o": "unknown"}
	for _, e := range found {
		d := e.Doors[len(e.Doors)-1]
		if string(d.State) != states[e.Name] || !strings.Contains(d.How, how) || e.Version != versions[e.Name] {
			t.Errorf("%s %s: %+v, want %s by %q", e.Name, e.Version, d, states[e.Name], how)
		}
		if d.State != coverage.Yes && d.Close == "" {
			t.Errorf("%s: nothing says how to close it", e.Name)
		}
	}
}
