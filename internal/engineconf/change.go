package engineconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/atomicfile"
)

// Change is a planned change of files. The zero value changes nothing.
type Change struct {
	// Notes are what a person should know, one line each.
	Notes []string

	edits []edit
	dirs  []string // removed after the edits, where they are empty
	made  []string // made by Apply, and removed by Revert where they are empty
}

// edit replaces a file. A nil text is a file that does not exist.
type edit struct {
	path          string
	before, after *string
	perm          fs.FileMode
	quiet         bool // it is ours alone, and not shown
}

// Empty reports whether everything is already as planned.
func (c *Change) Empty() bool { return len(c.edits) == 0 && len(c.dirs) == 0 }

// Paths returns the files that change, sorted; what is ours alone is not among them.
func (c *Change) Paths() []string {
	var paths []string
	for _, e := range c.edits {
		if !e.quiet {
			paths = append(paths, e.path)
		}
	}
	slices.Sort(paths)
	return paths
}

// Diff shows the change as removed and added lines, file by file. It is empty where nothing changes.
func (c *Change) Diff() string {
	var b strings.Builder
	for _, e := range c.edits {
		if !e.quiet {
			b.WriteString(e.diff())
		}
	}
	for _, dir := range c.dirs {
		fmt.Fprintf(&b, "remove directory %s\n", dir)
	}
	return b.String()
}

// Apply makes the change, each file whole. Where it fails, what it did before is taken back.
func (c *Change) Apply() error {
	for i, e := range c.edits {
		if err := e.apply(e.before, e.after); err != nil {
			done := Change{edits: c.edits[:i], made: c.made}
			return errors.Join(fmt.Errorf("change the configuration: %w", err), done.Revert())
		}
	}
	if err := removeEmpty(c.dirs); err != nil {
		return fmt.Errorf("change the configuration: %w", err)
	}
	return nil
}

// removeEmpty removes directories. Somebody else's file in one keeps it.
func removeEmpty(dirs []string) error {
	for _, dir := range dirs {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			continue
		}
		if err := os.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}

// Revert takes an applied change back, unless somebody has edited a file since.
func (c *Change) Revert() error {
	for _, e := range slices.Backward(c.edits) {
		if err := e.apply(e.after, e.before); err != nil {
			return fmt.Errorf("take back the change of the configuration: %w", err)
		}
	}
	if err := removeEmpty(c.made); err != nil {
		return fmt.Errorf("take back the change of the configuration: %w", err)
	}
	return nil
}

func (c *Change) write(path, text string) error { return c.edit(path, &text) }

func (c *Change) remove(path string) error { return c.edit(path, nil) }

func (c *Change) edit(path string, after *string) error {
	path, before, perm, err := current(path)
	if err != nil {
		return err
	}
	if same(before, after) {
		return nil
	}
	c.edits = append(c.edits, edit{path: path, before: before, after: after, perm: perm})
	return nil
}

// current returns a file with its symbolic links resolved, so that the file and not the link is replaced.
func current(path string) (string, *string, fs.FileMode, error) {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, 0o644, nil
	}
	if err != nil {
		return "", nil, 0, err
	}
	stat, err := os.Stat(real)
	if err != nil {
		return "", nil, 0, err
	}
	data, err := os.ReadFile(real)
	if err != nil {
		return "", nil, 0, err
	}
	text := string(data)
	return real, &text, stat.Mode().Perm(), nil
}

func (e edit) apply(from, to *string) error {
	_, now, _, err := current(e.path)
	if err != nil {
		return err
	}
	if !same(now, from) {
		return fmt.Errorf("%s: somebody else changed it in between", e.path)
	}
	if to == nil {
		if err := os.Remove(e.path); err != nil {
			return err
		}
		return atomicfile.SyncDir(filepath.Dir(e.path))
	}
	if err := os.MkdirAll(filepath.Dir(e.path), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(e.path, []byte(*to), e.perm)
}

func same(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
