package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// testWorkload is the workload of a test: what explain's flags say of one, and what its door is not to know.
type testWorkload struct {
	node  *document.Node
	flags workloadFlags
	door  doorFlags
	// unknown and absent are fields that are so whatever the door sees.
	unknown, absent []string
}

// workload decodes a workload. What it leaves out is as in a container that asks for nothing, but for names, which then are
// unknown: as with the flags of explain.
func (d *testDecoder) workload(n *document.Node) testWorkload {
	w := testWorkload{node: n}
	w.flags.engine, w.flags.requested, w.flags.kind = string(workload.EngineKubernetes), "Unset", "container"
	o := d.Object(n, "workload")
	if o.Node == nil {
		return w
	}
	f := &w.flags
	f.engine = or(d.OneOf(o.Take("engine"), "engine", words(workload.Engines())), f.engine)
	w.door.door = d.OneOf(o.Take("door"), "door", words(workload.Doors()))
	version := o.Take("engineVersion")
	w.door.version = d.String(version, "engineVersion")
	if _, err := w.door.platform(workload.Engine(f.engine)); err != nil {
		d.Errorf(version, "as in 2.3, or cri-o-1.34", "engineVersion cannot be %q", w.door.version)
	}
	for _, field := range []struct {
		key string
		to  *string
	}{
		{"containerdNamespace", &f.containerdNamespace}, {"namespace", &f.namespace}, {"pod", &f.pod}, {"container", &f.container},
		{"image", &f.image}, {"runtimeHandler", &f.runtimeHandler}, {"localhostProfile", &f.localhostProfile},
	} {
		*field.to = d.String(o.Take(field.key), field.key)
	}
	f.labels, f.podLabels = d.pairs(o.Take("labels"), "labels"), d.pairs(o.Take("podLabels"), "podLabels")
	f.annotations = d.pairs(o.Take("annotations"), "annotations")
	f.requested = or(d.OneOf(o.Take("requested"), "requested", workload.RequestNames()), f.requested)
	f.kind = or(d.OneOf(o.Take("kind"), "kind", workload.KindNames()), f.kind)
	f.privileged = d.Bool(o.Take("privileged"), "privileged")
	f.user = uint32(d.Uint(o.Take("user"), "user", 1<<32-1)) //nolint:gosec // bounded by the limit
	for _, item := range d.List(o.Take("capabilities"), "capabilities") {
		name := d.String(item, "each of capabilities")
		if _, err := capabilities([]string{name}); err != nil {
			d.Errorf(item, "as in SYS_ADMIN, beside the default ones; ALL, -NAME, -ALL", "capabilities cannot have %q", name)
		}
		f.caps = append(f.caps, name)
	}
	for _, item := range d.List(o.Take("hostNamespaces"), "hostNamespaces") {
		f.hostNamespaces = append(f.hostNamespaces, d.OneOf(item, "each of hostNamespaces", workload.HostNamespaceNames()))
	}
	w.unknown = d.fields(o, "unknown", unknowns)
	w.absent = d.fields(o, "absent", absents)
	o.Done()
	return w
}

// pairs decodes a map of texts.
func (d *testDecoder) pairs(n *document.Node, what string) map[string]string {
	o := d.Object(n, what)
	if o.Node == nil {
		return nil
	}
	out := map[string]string{}
	for _, f := range o.Node.Fields {
		out[f.Key] = d.String(f.Value, "the value of "+f.Key)
	}
	return out
}

// fields decodes a list of names of fields, of which none may have a value, too.
func (d *testDecoder) fields(o *document.Object, key string, of map[string]func(*workload.Workload)) []string {
	names := slices.Sorted(maps.Keys(of))
	var out []string
	for _, item := range d.List(o.Take(key), key) {
		name := d.OneOf(item, "each of "+key, names)
		if name != "" && o.Has(name) {
			d.Errorf(item, "keep one of them", "%s has a value and is %s", name, key)
		}
		out = append(out, name)
	}
	return out
}

// unknowns make a field unknown, absents absent.
var unknowns = map[string]func(*workload.Workload){
	"containerdNamespace": func(w *workload.Workload) { w.ContainerdNamespace = workload.Unknown[string]() },
	"namespace":           func(w *workload.Workload) { w.Namespace = workload.Unknown[string]() },
	"pod":                 func(w *workload.Workload) { w.Pod = workload.Unknown[string]() },
	"container":           func(w *workload.Workload) { w.Container = workload.Unknown[string]() },
	"image": func(w *workload.Workload) {
		w.Image, w.ImageDigest = workload.Unknown[string](), workload.Unknown[string]()
	},
	"labels":           func(w *workload.Workload) { w.Labels = workload.Unknown[map[string]string]() },
	"podLabels":        func(w *workload.Workload) { w.PodLabels = workload.Unknown[map[string]string]() },
	"annotations":      func(w *workload.Workload) { w.Annotations = workload.Unknown[map[string]string]() },
	"runtimeHandler":   func(w *workload.Workload) { w.RuntimeHandler = workload.Unknown[string]() },
	"requested":        func(w *workload.Workload) { w.Requested = workload.AnyRequest },
	"localhostProfile": func(w *workload.Workload) { w.LocalhostProfile = workload.Unknown[string]() },
	"privileged":       func(w *workload.Workload) { w.Privileged = workload.Unknown[bool]() },
	"capabilities":     func(w *workload.Workload) { w.Capabilities = workload.Unknown[workload.Capabilities]() },
	"user":             func(w *workload.Workload) { w.User = workload.Unknown[uint32]() },
	"hostNamespaces":   func(w *workload.Workload) { w.HostNamespaces = workload.Unknown[workload.HostNamespaces]() },
	"kind":             func(w *workload.Workload) { w.Kinds = workload.AnyKind },
}

var absents = map[string]func(*workload.Workload){
	"containerdNamespace": func(w *workload.Workload) { w.ContainerdNamespace = workload.Absent[string]() },
	"namespace":           func(w *workload.Workload) { w.Namespace = workload.Absent[string]() },
	"pod":                 func(w *workload.Workload) { w.Pod = workload.Absent[string]() },
	"container":           func(w *workload.Workload) { w.Container = workload.Absent[string]() },
	"image": func(w *workload.Workload) {
		w.Image, w.ImageDigest = workload.Absent[string](), workload.Absent[string]()
	},
	"labels":           func(w *workload.Workload) { w.Labels = workload.Absent[map[string]string]() },
	"podLabels":        func(w *workload.Workload) { w.PodLabels = workload.Absent[map[string]string]() },
	"annotations":      func(w *workload.Workload) { w.Annotations = workload.Absent[map[string]string]() },
	"runtimeHandler":   func(w *workload.Workload) { w.RuntimeHandler = workload.Absent[string]() },
	"localhostProfile": func(w *workload.Workload) { w.LocalhostProfile = workload.Absent[string]() },
}

// whole returns all that there is to know of the workload, and the platform.
func (w *testWorkload) whole() (workload.Workload, policy.Platform, error) {
	list, err := w.flags.subjects()
	if err != nil {
		return workload.Workload{}, policy.Platform{}, document.Errorf(w.node, "", "%v", err)
	}
	all := list[0].workload
	on, err := w.door.platform(all.Engine.Or(""))
	return all, on, err
}

// adjust makes unknown or absent what the test says is so, of what a door sees.
func (w *testWorkload) adjust(seen *workload.Workload) {
	for _, name := range w.unknown {
		unknowns[name](seen)
	}
	for _, name := range w.absent {
		absents[name](seen)
	}
}

// failed says where a test stands, for errors that come only when it is run.
func (c *testCase) failed(err error) error {
	return document.Errorf(c.node, "", "test %q: %s", c.name, strings.TrimSpace(fmt.Sprint(err)))
}
