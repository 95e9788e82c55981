package engineconf

import (
	"slices"
	"strings"
)

// handler is a runtime handler of CRI, as the files set it.
type handler struct {
	kind   string // runtime_type; empty is runc's
	binary string // BinaryName; empty is runc in PATH
}

// guarded reports whether ours can take the runtime's place.
func (h handler) guarded() bool {
	return (h.kind == "" || h.kind == runcShim) && (h.binary == "" || standsFor(h.binary) != "")
}

func (h handler) what() string {
	if h.binary == "" {
		return h.kind
	}
	return h.binary
}

// handlers returns the runtime handlers by name. containerd has one named runc, also where no file says so.
func (r *reading) handlers() map[string]handler {
	found := map[string]handler{"runc": {}}
	runtimes, _ := dig(r.plugins, criPlugin, "containerd", "runtimes").(map[string]any)
	for name, value := range runtimes {
		table, _ := value.(map[string]any)
		kind, _ := table["runtime_type"].(string)
		binary, _ := dig(table, "options", "BinaryName").(string)
		found[name] = handler{kind, binary}
	}
	return found
}

// shimPath returns the entry for PATH of the shims' environment: the last one counts.
func (r *reading) shimPath() string {
	list, _ := dig(r.plugins, shimPlugin, "env").([]any)
	for _, entry := range slices.Backward(list) {
		if text, ok := entry.(string); ok && strings.HasPrefix(text, "PATH=") {
			return text
		}
	}
	return ""
}

// last returns the last file but ours that says something of a plugin.
func (r *reading) last(ours, plugin string) string {
	for _, f := range slices.Backward(r.all) {
		if _, ok := f.plugins[plugin]; ok && f.path != ours {
			return f.path
		}
	}
	return "another file"
}

// dig follows keys into tables; nil where one is missing.
func dig(table map[string]any, keys ...string) any {
	var value any = table
	for _, key := range keys {
		inner, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = inner[key]
	}
	return value
}
