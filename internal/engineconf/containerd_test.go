package engineconf

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// staged returns a containerd whose files are in a directory of the test.
func staged(root string) Containerd {
	return Containerd{ConfigPath: "/etc/containerd/config.toml", DropInDir: "/etc/containerd/conf.d", Root: root}
}

// treeOf returns every file and directory beneath a directory, with its mode and contents.
func treeOf(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		stat, err := d.Info()
		if err != nil {
			return err
		}
		found[path] = stat.Mode().String()
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			found[path] += "\n" + string(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func write(t *testing.T, path, text string, perm fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), perm); err != nil {
		t.Fatal(err)
	}
}

// TestPlan holds, for configurations as they are found, what each mode changes, that a second plan changes nothing, and that
// Off brings back every byte and every directory.
func TestPlan(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no test data", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			root := t.TempDir()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			golden := map[string]string{}
			var kept []txtar.File
			for _, f := range archive.Files {
				if strings.Contains(f.Name, "/") {
					kept = append(kept, f)
					perm := fs.FileMode(0o640)
					if strings.HasPrefix(f.Name, "opt/") {
						perm = 0o755
					}
					write(t, filepath.Join(root, f.Name), string(f.Data), perm)
				} else {
					golden[f.Name] = string(f.Data)
				}
			}
			before := treeOf(t, root)
			c := staged(root)
			for _, mode := range []Mode{Audit, Enforce} {
				got := planned(t, c, mode)
				if want := golden[string(mode)]; got != want && !*update {
					t.Errorf("%s:\n%s", mode, cmp.Diff(want, got))
				}
				kept = append(kept, txtar.File{Name: string(mode), Data: []byte(got)})
			}
			if *update {
				archive.Files = kept
				write(t, path, string(txtar.Format(archive)), 0o644)
			}
			if !undo(t, c) {
				return
			}
			if diff := cmp.Diff(before, treeOf(t, root)); diff != "" {
				t.Errorf("off left something behind:\n%s", diff)
			}
		})
	}
}

// planned applies a mode and returns what it changed, or why it did not.
func planned(t *testing.T, c Containerd, mode Mode) string {
	t.Helper()
	before := treeOf(t, c.Root)
	change, err := c.Plan(mode)
	if diff := cmp.Diff(before, treeOf(t, c.Root)); diff != "" {
		t.Errorf("planning %s changed files:\n%s", mode, diff)
	}
	if err != nil {
		return "error: " + strings.ReplaceAll(err.Error(), c.Root, "") + "\n"
	}
	text := change.Diff()
	for _, note := range change.Notes {
		text += "note: " + note + "\n"
	}
	if err := change.Apply(); err != nil {
		t.Fatal(err)
	}
	if again, err := c.Plan(mode); err != nil || !again.Empty() {
		t.Errorf("%s a second time: %v\n%s", mode, err, again.Diff())
	}
	if mode == Enforce {
		reverted(t, c, before)
	}
	return strings.ReplaceAll(text, c.Root, "")
}

// reverted holds that enforce can be taken back to what was there before, and applied again.
func reverted(t *testing.T, c Containerd, before map[string]string) {
	t.Helper()
	undo, err := c.Plan(Audit)
	if stays(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := undo.Apply(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, treeOf(t, c.Root)); diff != "" {
		t.Errorf("undoing enforce is not what was before:\n%s", diff)
	}
	if err := undo.Revert(); err != nil {
		t.Fatal(err)
	}
}

func undo(t *testing.T, c Containerd) bool {
	t.Helper()
	change, err := c.Plan(Off)
	if stays(err) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := change.Apply(); err != nil {
		t.Fatal(err)
	}
	if again, err := c.Plan(Off); err != nil || !again.Empty() {
		t.Errorf("off a second time: %v\n%s", err, again.Diff())
	}
	return true
}

// stays reports whether a person has to change a file first.
func stays(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "toml:") || strings.Contains(err.Error(), "take it out there"))
}

// TestOffKeepsWhatOthersChanged edits the main file after we did, and puts a file beside ours.
func TestOffKeepsWhatOthersChanged(t *testing.T) {
	root := t.TempDir()
	c := staged(root)
	apply(t, c, Enforce)
	main := filepath.Join(root, c.ConfigPath)
	data, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	write(t, main, string(data)+"root = '/data'\n", 0o644)
	write(t, filepath.Join(root, c.DropInDir, "60-other.toml"), "version = 3\n", 0o644)
	apply(t, c, Off)
	data, err = os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	if want := "# Made by seccompd, because containerd reads drop-ins only where this file imports them.\nversion = 3\nroot = '/data'\n"; string(data) != want {
		t.Errorf("the main file is %q, want %q", data, want)
	}
	if _, err := os.Stat(filepath.Join(root, c.DropInDir, "60-other.toml")); err != nil {
		t.Error(err)
	}
}

// TestOffRefusesWhileImportedByName would leave a containerd that does not start.
func TestOffRefusesWhileImportedByName(t *testing.T) {
	root := t.TempDir()
	c := staged(root)
	write(t, filepath.Join(root, c.ConfigPath), "version = 3\nimports = ['conf.d/50-seccompd.toml']\n", 0o644)
	apply(t, c, Audit)
	if _, err := c.Plan(Off); err == nil || !strings.Contains(err.Error(), "take the import out first") {
		t.Errorf("Off = %v", err)
	}
}

// TestSymbolicLink keeps a link to the main file and edits the file.
func TestSymbolicLink(t *testing.T) {
	root := t.TempDir()
	c := staged(root)
	write(t, filepath.Join(root, "srv/containerd.toml"), "version = 3\n", 0o600)
	if err := os.MkdirAll(filepath.Join(root, "etc/containerd"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../srv/containerd.toml", filepath.Join(root, c.ConfigPath)); err != nil {
		t.Fatal(err)
	}
	before := treeOf(t, root)
	apply(t, c, Enforce)
	if _, err := os.Readlink(filepath.Join(root, c.ConfigPath)); err != nil {
		t.Error("the link is gone:", err)
	}
	stat, err := os.Stat(filepath.Join(root, c.ConfigPath))
	if err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", stat.Mode(), err)
	}
	apply(t, c, Off)
	if diff := cmp.Diff(before, treeOf(t, root)); diff != "" {
		t.Error(diff)
	}
}

// TestApplyRefusesAStalePlan does not overwrite what somebody wrote between plan and apply.
func TestApplyRefusesAStalePlan(t *testing.T) {
	root := t.TempDir()
	c := staged(root)
	write(t, filepath.Join(root, c.ConfigPath), "version = 3\n", 0o644)
	change, err := c.Plan(Enforce)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, c.ConfigPath), "version = 3\nroot = '/data'\n", 0o644)
	before := treeOf(t, root)
	if err := change.Apply(); err == nil || !strings.Contains(err.Error(), "in between") {
		t.Errorf("Apply = %v", err)
	}
	if diff := cmp.Diff(before, treeOf(t, root)); diff != "" {
		t.Errorf("it left something behind:\n%s", diff)
	}
}

// TestMadeLineNamesOnlyOurs does not let the first line of our file name other directories to remove.
func TestMadeLineNamesOnlyOurs(t *testing.T) {
	root := t.TempDir()
	c := staged(root)
	write(t, filepath.Join(root, c.DropInDir, dropInName), madePrefix+"/var/empty\n", 0o644)
	if _, err := c.Plan(Off); err == nil {
		t.Error("Off accepts a directory that is not ours")
	}
}

func apply(t *testing.T, c Containerd, mode Mode) {
	t.Helper()
	change, err := c.Plan(mode)
	if err != nil {
		t.Fatal(err)
	}
	if err := change.Apply(); err != nil {
		t.Fatal(err)
	}
}
