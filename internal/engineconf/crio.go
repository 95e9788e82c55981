package engineconf

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// CRIO has CRI-O create containers with our runtime, for each of its handlers that is runc or crun. It is a drop-in; the
// owner's files stay as they are.
type CRIO struct {
	Shims string // the directory with our runtime
	Root  string // put before every path for a tree that is not the running system's
}

const (
	crioDropIn = "/etc/crio/crio.conf.d/50-seccompd.conf"
	crioHeader = "# seccompd's part of CRI-O's configuration: the runtime door. It is written and removed by install.sh; do not edit it.\n" +
		"# Each handler is here whole: CRI-O replaces a handler by what a later file says of it.\n"
)

func (c CRIO) own() owned { return owned{root: c.Root, path: crioDropIn} }

// Plan returns the change. It reads files only.
func (c CRIO) Plan(on bool) (*Change, error) {
	change := &Change{}
	if err := c.plan(on, change); err != nil {
		return nil, fmt.Errorf("plan CRI-O's configuration: %w", err)
	}
	return change, nil
}

func (c CRIO) plan(on bool, change *Change) error {
	if !on {
		return c.own().remove(change)
	}
	if err := plain(c.Shims); err != nil {
		return err
	}
	base, err := readLayered(c.Root, crioDropIn, []string{"/etc/crio/crio.conf"}, filepath.Dir(crioDropIn))
	if err != nil {
		return err
	}
	handlers := map[string]any{}
	for name, h := range sorted(c.handlers(base)) {
		binary, _ := h["runtime_path"].(string)
		if binary == "" {
			binary = name // looked up in PATH
		}
		kind, _ := h["runtime_type"].(string)
		if standsFor(binary) == "" || kind != "" && kind != "oci" {
			change.Notes = append(change.Notes, fmt.Sprintf("runtime handler %s is %s, which seccompd does not stand for: its pods are not guarded", name, binary))
			continue
		}
		whole := maps.Clone(h)
		whole["runtime_path"] = c.Shims + "/" + standsFor(binary)
		handlers[name] = whole
	}
	if len(handlers) == 0 {
		return fmt.Errorf("no handler of %s is runc or crun", filepath.Dir(crioDropIn))
	}
	for _, f := range base.after(crioDropIn) {
		for name := range sorted(handlers) {
			if dig(f.tables, "crio", "runtime", "runtimes", name) != nil {
				return fmt.Errorf("%s is read after ours and sets handler %s: give it a name that sorts before %s", f.path, name, filepath.Base(crioDropIn))
			}
		}
	}
	text, err := toml.Marshal(map[string]any{"crio": map[string]any{"runtime": map[string]any{"runtimes": handlers}}})
	if err != nil {
		return err
	}
	return c.own().write(change, crioHeader+string(text))
}

// handlers returns the handlers that the files name. Where none is named, CRI-O makes one of its default runtime, which has
// been crun since 1.31 and runc before: what is installed is taken.
func (c CRIO) handlers(base *layered) map[string]map[string]any {
	found := map[string]map[string]any{}
	runtimes, _ := dig(base.merged, "crio", "runtime", "runtimes").(map[string]any)
	for name, value := range runtimes {
		if table, ok := value.(map[string]any); ok {
			found[name] = table
		}
	}
	if len(found) > 0 {
		return found
	}
	if name, ok := dig(base.merged, "crio", "runtime", "default_runtime").(string); ok {
		return map[string]map[string]any{name: {}}
	}
	for _, name := range names {
		for _, dir := range []string{"/usr/libexec/crio", "/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin"} {
			if _, err := os.Stat(filepath.Join(c.Root, dir, name)); err == nil {
				found[name] = map[string]any{}
			}
		}
	}
	return found
}
