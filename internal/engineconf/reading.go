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

// reading is what containerd would read of NRI: each file that sets something, in containerd's order.
type reading struct {
	mainText    string
	mainMissing bool
	covered     bool   // some file imports ours
	byName      string // the file that imports ours without a pattern
	disabled    []string
	files       []source
	nri         map[string]any
	plugins     map[string]any // of every plugin what the files say together
	all         []said
}

// said is what one file says of every plugin.
type said struct {
	path    string
	plugins map[string]any
}

// source is what one file says of NRI.
type source struct {
	path string
	ours bool
	nri  map[string]any
}

// tree is the part of a configuration file that we look at.
type tree struct {
	DisabledPlugins []string       `toml:"disabled_plugins"`
	Imports         []string       `toml:"imports"`
	Plugins         map[string]any `toml:"plugins"`
}

// read reads the main file and what it imports, breadth first and each file once, as containerd does (2.4.2,
// cmd/containerd/server/config: LoadConfigWithPlugins). planned stands for files as they will be; nil is a file that is not
// there.
func (c Containerd) read(planned map[string]*string) (*reading, error) {
	r := &reading{nri: map[string]any{}, plugins: map[string]any{}}
	seen := map[string]bool{}
	pending := []string{c.ConfigPath}
	for len(pending) > 0 {
		path := pending[0]
		pending = pending[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		text, err := c.textOf(path, planned)
		if errors.Is(err, fs.ErrNotExist) {
			r.mainMissing = r.mainMissing || path == c.ConfigPath
			continue
		}
		if err != nil {
			return nil, err
		}
		if path == c.ConfigPath {
			r.mainText = text
		}
		imports, err := r.add(path, text, path == c.dropIn())
		if err != nil {
			return nil, err
		}
		for _, pattern := range imports {
			paths, err := c.resolve(r, path, pattern)
			if err != nil {
				return nil, err
			}
			pending = append(pending, paths...)
		}
	}
	return r, nil
}

func (c Containerd) textOf(path string, planned map[string]*string) (string, error) {
	text, ok := planned[path]
	switch {
	case !ok:
		data, err := os.ReadFile(c.on(path))
		return string(data), err
	case text == nil:
		return "", fs.ErrNotExist
	}
	return *text, nil
}

// add takes in what a file says and returns its imports.
func (r *reading) add(path, text string, ours bool) ([]string, error) {
	var t tree
	if err := toml.Unmarshal([]byte(text), &t); err != nil {
		var at *toml.DecodeError
		if errors.As(err, &at) {
			row, col := at.Position()
			return nil, fmt.Errorf("%s:%d:%d: %w", path, row, col, err)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range t.DisabledPlugins {
		if !slices.Contains(r.disabled, p) {
			r.disabled = append(r.disabled, p)
		}
	}
	// From version 3 on the older name is that of another plugin, which has no runtimes.
	if old, _ := t.Plugins[oldCRIPlugin].(map[string]any); old["containerd"] != nil {
		t.Plugins[criPlugin] = old
	}
	r.all = append(r.all, said{path, t.Plugins})
	merge(r.plugins, t.Plugins)
	if nri, ok := t.Plugins[nriPlugin].(map[string]any); ok {
		r.files = append(r.files, source{path: path, ours: ours, nri: nri})
		merge(r.nri, nri)
	}
	return t.Imports, nil
}

// merge puts what from sets into to: tables key by key, all else whole, lists and empty values too.
func merge(to, from map[string]any) {
	for key, value := range from {
		table, ok := value.(map[string]any)
		if !ok {
			to[key] = value
			continue
		}
		into, ok := to[key].(map[string]any)
		if !ok {
			into = map[string]any{}
			to[key] = into
		}
		merge(into, table)
	}
}

// resolve returns the files that an import of the file parent names. Ours counts as there wherever it can be matched.
func (c Containerd) resolve(r *reading, parent, pattern string) ([]string, error) {
	path := filepath.Clean(pattern)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(parent), path)
	}
	if !strings.Contains(path, "*") {
		if path == c.dropIn() {
			r.covered, r.byName = true, parent
		}
		return []string{path}, nil
	}
	found, err := filepath.Glob(c.on(path))
	if err != nil {
		return nil, fmt.Errorf("%s: import %q: %w", parent, pattern, err)
	}
	for i := range found {
		found[i] = "/" + strings.TrimPrefix(strings.TrimPrefix(found[i], c.Root), "/")
	}
	if ok, _ := filepath.Match(path, c.dropIn()); ok {
		r.covered = true
		if !slices.Contains(found, c.dropIn()) {
			found = append(found, c.dropIn())
			slices.Sort(found)
		}
	}
	return found, nil
}

// blame adds the file that is read after ours and says otherwise.
func (r *reading) blame(err error) error {
	var problem *Problem
	if !errors.As(err, &problem) {
		return err
	}
	for _, f := range slices.Backward(r.files) {
		if !f.ours && sets(f.nri, problem.Key) {
			return fmt.Errorf("%w (in %s)", err, f.path)
		}
	}
	return err
}

// sets reports whether a table has a key, in itself or in its validator.
func sets(nri map[string]any, key string) bool {
	if _, ok := nri[key]; ok {
		return true
	}
	validator, _ := nri["default_validator"].(map[string]any)
	_, ok := validator[key]
	return ok
}
