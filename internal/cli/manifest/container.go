package manifest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/workload"
)

// security is what of a securityContext matters here.
type security struct {
	request      workload.Requests
	localhost    string
	user         workload.Attr[uint32]
	privileged   bool
	capabilities workload.Capabilities
}

// container adds one container of the pod.
func (p *pod) container(n *document.Node, kind workload.Kinds) {
	o := p.d.Object(n, "a container")
	if o.Node == nil {
		return
	}
	name := p.d.String(o.Take("name"), "name")
	if name == "" && !o.Has("name") {
		p.d.Errorf(n, "", "the container has no name")
	}
	image := p.d.String(o.Take("image"), "image")
	s := p.security(o.Take("securityContext"))
	w := p.base
	w.Kinds = kind
	w.Container = workload.Known(name)
	w.Labels = workload.Known(kubeletLabels(&w))
	if image != "" {
		w.Image, w.ImageDigest = workload.Known(image), digest(image)
	}
	// The container's own profile and user go before the pod's.
	if s.request == 0 {
		s.request, s.localhost = p.sec.request, p.sec.localhost
	}
	if s.request == 0 {
		s.request = workload.RequestUnset
	}
	if s.user.State() != workload.StateKnown {
		s.user = p.sec.user
	}
	w.Requested, w.LocalhostProfile = s.request, workload.Absent[string]()
	if s.request == workload.RequestLocalhost {
		w.LocalhostProfile = workload.Known(s.localhost)
	}
	w.User = s.user
	w.Privileged = workload.Known(s.privileged)
	if s.privileged {
		s.capabilities = workload.AllCapabilities
		// On cgroup v2 every other container has a cgroup namespace of its own.
		w.HostNamespaces = workload.Known(w.HostNamespaces.Or(0) | workload.HostCgroup)
	}
	w.Capabilities = workload.Known(s.capabilities)
	p.out = append(p.out, Container{Object: p.object, Workload: w, Notes: slices.Clone(p.notes)})
}

func (p *pod) security(n *document.Node) security {
	s := security{capabilities: workload.DefaultCapabilities}
	if n == nil {
		return s
	}
	o := p.d.Object(n, "securityContext")
	s.privileged = p.d.Bool(o.Take("privileged"), "privileged")
	if uid := o.Take("runAsUser"); uid != nil {
		s.user = workload.Known(uint32(p.d.Uint(uid, "runAsUser", 1<<32-1))) //nolint:gosec // bounded by the limit
	}
	if c := o.Take("capabilities"); c != nil {
		s.capabilities = p.capabilities(p.d.Object(c, "capabilities"))
	}
	if profile := o.Take("seccompProfile"); profile != nil {
		s.request, s.localhost = p.profile(p.d.Object(profile, "seccompProfile"))
	}
	return s
}

func (p *pod) profile(o *document.Object) (workload.Requests, string) {
	if o.Node == nil {
		return 0, ""
	}
	names := slices.DeleteFunc(workload.RequestNames(), func(n string) bool { return n == "Unset" })
	kind := o.Take("type")
	if kind == nil {
		p.d.Errorf(o.Node, "one of "+strings.Join(names, ", "), "seccompProfile has no type")
		return 0, ""
	}
	request, _ := workload.RequestNamed(p.d.OneOf(kind, "type", names))
	file := o.Take("localhostProfile")
	name := p.d.String(file, "localhostProfile")
	switch {
	case request == workload.RequestLocalhost && name == "":
		p.d.Errorf(o.Node, "as in localhostProfile: profiles/web.json", "type Localhost needs a localhostProfile")
	case request != 0 && request != workload.RequestLocalhost && file != nil:
		p.d.Errorf(file, "", "localhostProfile goes with type Localhost only")
	}
	return request, name
}

// capabilities computes the set as containerd's CRI does: "ALL" first, then what is added, then what is dropped.
func (p *pod) capabilities(o *document.Object) workload.Capabilities {
	set := workload.DefaultCapabilities
	add, addAll := p.capabilityList(o.Take("add"), "add")
	drop, dropAll := p.capabilityList(o.Take("drop"), "drop")
	if addAll {
		set = workload.AllCapabilities
	}
	if dropAll {
		set = 0
	}
	return (set | add) &^ drop
}

func (p *pod) capabilityList(n *document.Node, what string) (set workload.Capabilities, all bool) {
	for _, item := range p.d.List(n, what) {
		name := p.d.String(item, "each of "+what)
		c, ok := workload.CapabilityNamed(name)
		switch {
		case strings.EqualFold(name, "ALL"):
			all = true
		case ok:
			set |= c
		case item.Kind == document.String:
			var short []string
			for _, n := range workload.CapabilityNames() {
				short = append(short, strings.TrimPrefix(n, "CAP_"))
			}
			hint := ""
			if near := document.Closest(strings.TrimPrefix(strings.ToUpper(name), "CAP_"), short); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			p.d.Errorf(item, hint, "no capability is named %q", name)
		}
	}
	return set, all
}
