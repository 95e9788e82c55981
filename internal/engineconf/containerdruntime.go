package engineconf

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/seccompd/seccompd/config"
)

// ContainerdRuntime has a containerd 2.0 or later create containers with our runtime, whoever asks for them. A containerd 1.x
// knows no way to say so for all its clients, and replaces whole sections by what a drop-in says: it takes a Unit.
type ContainerdRuntime struct {
	Containerd
	Shims string // the directory with our runtime
}

// The plugins of containerd that start runtimes. The older name of CRI is that of files of version 2, which containerd 2.x
// still reads.
const (
	shimPlugin   = "io.containerd.shim.v1.manager"
	criPlugin    = "io.containerd.cri.v1.runtime"
	oldCRIPlugin = "io.containerd.grpc.v1.cri"
	runcShim     = "io.containerd.runc.v2"
)

var runtimeTemplate = template.Must(template.ParseFS(config.Containerd, "containerd/runtime.toml"))

// Plan returns the change that puts our runtime in runc's place, or that takes it out. It reads files only. The error names
// the file that is read after ours and says otherwise.
func (c ContainerdRuntime) Plan(on bool) (*Change, error) {
	c.file = "50-seccompd-runtime.toml"
	change, err := c.planRuntime(on)
	if err != nil {
		return nil, fmt.Errorf("plan containerd's configuration: %w", err)
	}
	return change, nil
}

func (c ContainerdRuntime) planRuntime(on bool) (*Change, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if err := plain(c.Shims); err != nil {
		return nil, err
	}
	base, err := c.read(map[string]*string{c.dropIn(): nil})
	if err != nil {
		return nil, err
	}
	own := owned{root: c.Root, path: c.dropIn(), beside: c.ConfigPath}
	change := &Change{}
	if !on {
		return change, c.withoutRuntime(change, own, base)
	}
	text, err := c.runtimeText(base, change)
	if err != nil {
		return nil, err
	}
	main, err := c.mainWithImport(base)
	if err != nil {
		return nil, err
	}
	with, err := c.read(map[string]*string{c.dropIn(): &text, c.ConfigPath: &main})
	if err != nil {
		return nil, err
	}
	if err := c.proveRuntime(with); err != nil {
		return nil, err
	}
	if err := own.write(change, text); err != nil {
		return nil, err
	}
	return change, change.write(c.on(c.ConfigPath), main)
}

func (c ContainerdRuntime) withoutRuntime(change *Change, own owned, base *reading) error {
	if base.byName != "" {
		return fmt.Errorf("%s imports %s by its name, and containerd does not start where such a file is missing: take the import out first", base.byName, c.dropIn())
	}
	if err := own.remove(change); err != nil {
		return err
	}
	return c.dropImport(change, base)
}

// runtimeText renders our file, and notes the handlers that it cannot guard.
func (c ContainerdRuntime) runtimeText(base *reading, change *Change) (string, error) {
	type handler struct{ Key, Binary string }
	var values struct {
		Env      []string
		Handlers []handler
	}
	for _, entry := range c.env(base) {
		values.Env = append(values.Env, fmt.Sprintf("%q", entry))
	}
	for name, h := range sorted(base.handlers()) {
		if !h.guarded() {
			change.Notes = append(change.Notes, fmt.Sprintf("runtime handler %s is %s, which seccompd does not stand for: its containers are not guarded", name, h.what()))
			continue
		}
		values.Handlers = append(values.Handlers, handler{tomlKey(name), c.binary(h)})
	}
	var text strings.Builder
	err := runtimeTemplate.Execute(&text, values)
	return text.String(), err
}

func (c ContainerdRuntime) binary(h handler) string {
	if name := standsFor(h.binary); name != "" {
		return c.Shims + "/" + name
	}
	return c.Shims + "/runc"
}

// env is what containerd adds to the environment of its shims: what it adds without us, with us first in PATH.
func (c ContainerdRuntime) env(r *reading) []string {
	var env []string
	path := ""
	manager, _ := r.plugins[shimPlugin].(map[string]any)
	list, _ := manager["env"].([]any)
	for _, entry := range list {
		text, _ := entry.(string)
		if value, ok := strings.CutPrefix(text, "PATH="); ok {
			path = value
			continue
		}
		env = append(env, text)
	}
	return append([]string{"PATH=" + pathWith(c.Shims, path)}, env...)
}

// proveRuntime holds that nothing that is read after ours says otherwise.
func (c ContainerdRuntime) proveRuntime(with *reading) error {
	if got, want := with.shimPath(), "PATH="+c.Shims+":"; !strings.HasPrefix(got+":", want) {
		return fmt.Errorf("%s is read after ours and sets another PATH for shims: put %s first there", with.last(c.dropIn(), shimPlugin), c.Shims)
	}
	for name, h := range sorted(with.handlers()) {
		if h.guarded() && h.binary != c.binary(h) {
			return fmt.Errorf("%s is read after ours and sets BinaryName %q for handler %s: take it out there", with.last(c.dropIn(), criPlugin), h.binary, name)
		}
	}
	return nil
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func tomlKey(name string) string {
	if bareKey.MatchString(name) {
		return name
	}
	return fmt.Sprintf("%q", name)
}

// sorted ranges over a map by its keys.
func sorted[V any](m map[string]V) func(yield func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
