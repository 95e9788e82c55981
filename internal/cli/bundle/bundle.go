// Package bundle reads the configuration of an OCI container (config.json) as the workload that it would be.
package bundle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Container is what a configuration says of a container.
type Container struct {
	// Workload has what a runtime sees; its Engine is unknown where the annotations do not tell.
	Workload workload.Workload
	// Filter is linux.seccomp, or nil.
	Filter *specs.LinuxSeccomp
	Notes  []string
}

// Is reports whether a document is a configuration.
func Is(n *document.Node) bool { return n.Lookup("ociVersion") != nil }

// Decode reads a configuration. What it looks at must have the right type, and be there once: runtimes disagree about
// keys that differ in case alone.
func Decode(n *document.Node, data []byte) (Container, error) {
	var d document.Decoder
	top := d.Object(n, "the configuration")
	once(&d, n, "the configuration", "process", "linux", "annotations", "mounts")
	process := d.Object(top.Take("process"), "process")
	linux := d.Object(top.Take("linux"), "linux")
	once(&d, process.Node, "process", "user", "capabilities")
	once(&d, linux.Node, "linux", "seccomp", "namespaces")
	annotations := texts(&d, top.Take("annotations"), "annotations")

	c := Container{Workload: identity(annotations)}
	w := &c.Workload
	w.Door = workload.DoorRuntime
	w.Annotations = workload.Known(annotations)
	w.HostNamespaces = namespaces(&d, linux.Take("namespaces"))
	w.User = workload.Known(user(&d, process))
	w.Capabilities = workload.Known(bounding(&d, process))
	w.Privileged = privileged(&d, top.Take("mounts"))
	w.LocalhostProfile = workload.Unknown[string]()
	seccomp := linux.Take("seccomp")
	d.Object(seccomp, "linux.seccomp")
	if err := d.Err(); err != nil {
		return Container{}, err
	}
	var spec specs.Spec
	if err := json.Unmarshal(data, &spec); err != nil {
		return Container{}, fmt.Errorf("decode %s: %w", n.File, err)
	}
	if seccomp != nil {
		c.Filter = spec.Linux.Seccomp
	}
	c.request()
	return c, nil
}

// request says what may have been asked for: a runtime only sees the result.
func (c *Container) request() {
	w := &c.Workload
	switch {
	case c.Filter != nil && c.Filter.DefaultAction == "":
		c.Notes = append(c.Notes, "linux.seccomp has no defaultAction: runc takes that for no filter, crun refuses it")
		c.Filter = nil
		fallthrough
	case c.Filter == nil:
		w.Requested = workload.RequestUnconfined | workload.RequestUnset
		if w.Privileged.Or(true) {
			w.Requested = workload.AnyRequest
		}
	default:
		w.Requested = workload.RequestRuntimeDefault | workload.RequestLocalhost
	}
}

// once refuses keys of a map that are equal but for case, to each other or to one that matters: runc takes them for the
// same, crun does not.
func once(d *document.Decoder, n *document.Node, what string, known ...string) {
	if n == nil {
		return
	}
	seen := map[string]string{}
	for _, k := range known {
		seen[folded(k)] = k
	}
	for _, f := range n.Fields {
		key := folded(f.Key)
		if first, ok := seen[key]; ok && first != f.Key {
			at := &document.Node{File: n.File, Line: f.Line, Column: f.Column}
			d.Errorf(at, "write "+first+", once", "%s has %q, which runtimes read differently", what, f.Key)
		}
		seen[key] = f.Key
	}
}

// folded is the same for texts that are equal but for case, as strings.EqualFold and encoding/json have it.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}

func texts(d *document.Decoder, n *document.Node, what string) map[string]string {
	out := map[string]string{}
	o := d.Object(n, what)
	if o.Node == nil {
		return out
	}
	for _, f := range o.Node.Fields {
		out[f.Key] = d.String(f.Value, fmt.Sprintf("the value of %q", f.Key))
	}
	return out
}

func user(d *document.Decoder, process *document.Object) uint32 {
	o := d.Object(process.Take("user"), "process.user")
	uid := o.Take("uid")
	if uid == nil {
		return 0
	}
	return uint32(d.Uint(uid, "uid", 1<<32-1)) //nolint:gosec // bounded by the limit
}

func bounding(d *document.Decoder, process *document.Object) workload.Capabilities {
	var set workload.Capabilities
	o := d.Object(process.Take("capabilities"), "process.capabilities")
	for _, item := range d.List(o.Take("bounding"), "bounding") {
		name := d.String(item, "each of bounding")
		c, ok := workload.CapabilityNamed(name)
		if !ok && item.Kind == document.String {
			d.Errorf(item, "", "no capability is named %q", name)
		}
		set |= c
	}
	return set
}

// privileged tells by the mount of /sys: engines make it writable for privileged containers only.
func privileged(d *document.Decoder, n *document.Node) workload.Attr[bool] {
	answer := workload.Unknown[bool]()
	for _, item := range d.List(n, "mounts") {
		o := d.Object(item, "a mount")
		destination, kind := d.String(o.Take("destination"), "destination"), d.String(o.Take("type"), "type")
		options := d.Strings(o.Take("options"), "options")
		if strings.TrimSuffix(destination, "/") == "/sys" && kind == "sysfs" {
			answer = workload.Known(!slices.Contains(options, "ro"))
		}
	}
	return answer
}
