package oci

import (
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/workload"
)

// Config is a configuration that every runtime reads in the same way, in the parts that matter here.
type Config struct {
	// Filter is linux.seccomp; nil where the container would have no filter. Notes say what is peculiar about it.
	Filter *specs.LinuxSeccomp
	Notes  []string
	// Annotations are those of the container. Whoever speaks to the engine may have written them.
	Annotations map[string]string
	// Capabilities is the bounding set, User the uid of the first process in the container's user namespace.
	Capabilities workload.Capabilities
	User         uint32
	// NoNewPrivileges is process.noNewPrivileges. crun then loads the filter as late as it can.
	NoNewPrivileges bool
	// Terminal is process.terminal: the runtime makes a terminal for the first process.
	Terminal bool
	// HostNamespaces are those of the host that the container shares.
	HostNamespaces workload.HostNamespaces
	// Privileged is told by the mount of /sys; unknown where there is none.
	Privileged workload.Attr[bool]

	file string
	text []byte
	top  value
}

// Parse reads a configuration. The name is for errors, which are of one line with the place. The data must not be changed
// afterwards.
func Parse(name string, data []byte) (*Config, error) {
	top, err := scan(name, data, keysOfSpec)
	if err != nil {
		return nil, err
	}
	c := &Config{file: name, text: data, top: top}
	d := decoder{s: &scanner{file: name, text: string(data)}}
	root := d.object(&top, "the configuration")
	process := d.object(root.get("process"), "process")
	linux := d.object(root.get("linux"), "linux")
	c.Annotations = d.annotations(root.get("annotations"))
	c.User = uint32(d.uint(d.object(process.get("user"), "process.user").get("uid"), "uid", 32)) //nolint:gosec // of 32 bits
	c.NoNewPrivileges = d.bool(process.get("noNewPrivileges"), "noNewPrivileges")
	c.Terminal = d.bool(process.get("terminal"), "terminal")
	c.Capabilities = d.bounding(d.object(process.get("capabilities"), "process.capabilities"))
	c.HostNamespaces = d.namespaces(linux.get("namespaces"))
	c.Privileged = d.privileged(root.get("mounts"))
	c.Filter = d.seccomp(linux.get("seccomp"))
	if d.err != nil {
		return nil, d.err
	}
	if c.Filter != nil && c.Filter.DefaultAction == "" {
		c.Notes = append(c.Notes, "linux.seccomp has no defaultAction: runc takes that for no filter, crun refuses it")
		c.Filter = nil
	}
	return c, nil
}

func (d *decoder) annotations(v *value) map[string]string {
	o := d.object(v, "annotations")
	if o == nil {
		return map[string]string{}
	}
	out := make(map[string]string, len(o.members))
	for i := range o.members {
		m := &o.members[i]
		out[m.key] = d.string(&m.value, "the value of an annotation")
	}
	return out
}

func (d *decoder) bounding(capabilities *value) workload.Capabilities {
	var set workload.Capabilities
	list := d.list(capabilities.get("bounding"), "bounding")
	for i := range list {
		v := &list[i].value
		name := d.string(v, "each of bounding")
		c, ok := workload.CapabilityNamed(name)
		if !ok {
			// runc ignores what it does not know, and a kernel newer than this program has more.
			continue
		}
		set |= c
	}
	return set
}

// namespacesOfSpec are those that a container shares with its host where its configuration does not list them, by the
// specification's names.
var namespacesOfSpec = [...]struct {
	name string
	set  workload.HostNamespaces
}{
	{"pid", workload.HostPID}, {"network", workload.HostNetwork}, {"ipc", workload.HostIPC}, {"uts", workload.HostUTS},
	{"user", workload.HostUser}, {"cgroup", workload.HostCgroup}, {"mount", workload.HostMount},
}

// namespaces returns those of the host that the container shares. One that is joined by path belongs to the pod as far as
// the configuration tells, unless it is that of process 1.
func (d *decoder) namespaces(v *value) workload.HostNamespaces {
	var shared workload.HostNamespaces
	for _, n := range namespacesOfSpec {
		shared |= n.set
	}
	list := d.list(v, "namespaces")
	for i := range list {
		o := d.object(&list[i].value, "a namespace")
		name, path := d.string(o.get("type"), "type"), d.string(o.get("path"), "path")
		for _, n := range namespacesOfSpec {
			if n.name == name && !strings.HasPrefix(path, "/proc/1/ns/") {
				shared &^= n.set
			}
		}
	}
	return shared
}

// privileged tells by the mount of /sys: engines make it writable for privileged containers only.
func (d *decoder) privileged(v *value) workload.Attr[bool] {
	answer := workload.Unknown[bool]()
	list := d.list(v, "mounts")
	for i := range list {
		o := d.object(&list[i].value, "a mount")
		destination, kind := d.string(o.get("destination"), "destination"), d.string(o.get("type"), "type")
		options := d.strings(o.get("options"), "options")
		if strings.TrimSuffix(destination, "/") == "/sys" && kind == "sysfs" {
			answer = workload.Known(!slices.Contains(options, "ro"))
		}
	}
	return answer
}
