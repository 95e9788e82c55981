package engineconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// layered is a configuration in TOML that is read from several files in order, each over those before it.
type layered struct {
	files  []layer
	merged map[string]any
}

type layer struct {
	path   string
	tables map[string]any
}

// readLayered reads files that may be missing, then the *.conf of a directory in the order of their names; ours is left out.
func readLayered(root, ours string, files []string, dir string) (*layered, error) {
	found, err := filepath.Glob(filepath.Join(root, dir, "*.conf"))
	if err != nil {
		return nil, err
	}
	for _, at := range found {
		files = append(files, "/"+strings.TrimPrefix(strings.TrimPrefix(at, root), "/"))
	}
	l := &layered{merged: map[string]any{}}
	for _, path := range slices.DeleteFunc(files, func(path string) bool { return path == ours }) {
		text, err := os.ReadFile(filepath.Join(root, path))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		tables := map[string]any{}
		if err := toml.Unmarshal(text, &tables); err != nil {
			var at *toml.DecodeError
			if errors.As(err, &at) {
				row, col := at.Position()
				return nil, fmt.Errorf("%s:%d:%d: %w", path, row, col, err)
			}
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		l.files = append(l.files, layer{path, tables})
		merge(l.merged, tables)
	}
	return l, nil
}

// after returns the files of the directory that are read after ours.
func (l *layered) after(ours string) []layer {
	var later []layer
	for _, f := range l.files {
		if filepath.Dir(f.path) == filepath.Dir(ours) && filepath.Base(f.path) > filepath.Base(ours) {
			later = append(later, f)
		}
	}
	return later
}
