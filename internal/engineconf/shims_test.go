package engineconf

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// editors are the editors by the first word of the names of their configurations in testdata/shims.
func editors(root string) map[string]Planner {
	return map[string]Planner{
		"docker":     Docker{ConfigPath: "/etc/docker/daemon.json", Memory: "/etc/docker-memory", Shims: ShimDir, Root: root},
		"podman":     Podman{Shims: ShimDir, Root: root},
		"crio":       CRIO{Shims: ShimDir, Root: root},
		"containerd": ContainerdRuntime{Containerd: staged(root), Shims: ShimDir},
		"unit":       Unit{Name: "docker", Shims: ShimDir, Root: root},
	}
}

// TestShims holds, for configurations as they are found, what putting our runtime in changes, that planning changes nothing,
// that a second time changes nothing, and that taking it out brings back every byte and every directory.
func TestShims(t *testing.T) {
	archives, err := filepath.Glob("testdata/shims/*.txtar")
	if err != nil || len(archives) < 30 {
		t.Fatal("no test data", err)
	}
	for _, path := range archives {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			golden := ""
			var kept []txtar.File
			write(t, filepath.Join(root, "etc/hostname"), "node\n", 0o644)
			for _, f := range archive.Files {
				if f.Name == "on" {
					golden = string(f.Data)
					continue
				}
				kept = append(kept, f)
				write(t, filepath.Join(root, f.Name), string(f.Data), 0o640)
			}
			engine, _, _ := strings.Cut(name, "-")
			p := editors(root)[engine]
			before := treeOf(t, root)
			got := strings.ReplaceAll(shimmed(t, p, root), root, "")
			if *update {
				archive.Files = append(kept, txtar.File{Name: "on", Data: []byte(got)})
				write(t, path, string(txtar.Format(archive)), 0o644)
			} else if got != golden {
				t.Error(cmp.Diff(golden, got))
			}
			change, err := p.Plan(false)
			if err != nil {
				if strings.HasPrefix(got, "error: ") {
					return
				}
				t.Fatal(err)
			}
			if err := change.Apply(); err != nil {
				t.Fatal(err)
			}
			if name == "docker-by-hand" {
				return
			}
			if diff := cmp.Diff(before, treeOf(t, root)); diff != "" {
				t.Errorf("off left something behind:\n%s", diff)
			}
			if again, err := p.Plan(false); err != nil || !again.Empty() {
				t.Errorf("off a second time: %v\n%s", err, again.Diff())
			}
		})
	}
}

// shimmed puts ours in and returns what that changed, or why it did not.
func shimmed(t *testing.T, p Planner, root string) string {
	t.Helper()
	before := treeOf(t, root)
	change, err := p.Plan(true)
	if diff := cmp.Diff(before, treeOf(t, root)); diff != "" {
		t.Errorf("planning changed files:\n%s", diff)
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	text := change.Diff()
	for _, note := range change.Notes {
		text += "note: " + note + "\n"
	}
	if err := change.Apply(); err != nil {
		t.Fatal(err)
	}
	after := treeOf(t, root)
	if again, err := p.Plan(true); err != nil || !again.Empty() {
		t.Errorf("a second time: %v\n%s", err, again.Diff())
	}
	if err := change.Revert(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, treeOf(t, root)); diff != "" {
		t.Errorf("reverting left something behind:\n%s", diff)
	}
	if err := change.Apply(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(after, treeOf(t, root)); diff != "" {
		t.Errorf("applied again it is another:\n%s", diff)
	}
	return text
}
