package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/workload"
)

// condition decodes includes or excludes of Docker's dialect. A condition that says nothing is nil.
func (d *decoder) condition(n *document.Node, what string) *Condition {
	if n == nil {
		return nil
	}
	o := d.Object(n, what)
	var c Condition
	for _, item := range d.List(o.Take("caps"), "caps") {
		c.Capabilities |= d.capability(item)
	}
	for _, item := range d.List(o.Take("arches"), "arches") {
		if a := d.conditionArch(item); a != "" {
			c.Arches = append(c.Arches, a)
		}
	}
	if kernel := o.Take("minKernel"); kernel != nil {
		c.MinKernel = d.kernel(kernel)
	}
	o.Done()
	if c.Capabilities == 0 && len(c.Arches) == 0 && c.MinKernel == nil {
		return nil
	}
	return &c
}

// capability wants the exact name: Docker compares text, so "SYS_ADMIN" would never match.
func (d *decoder) capability(n *document.Node) workload.Capabilities {
	name := d.String(n, "each of caps")
	set, ok := workload.CapabilityNamed(name)
	switch {
	case n.Kind != document.String:
	case !ok:
		hint := ""
		if near := document.Closest(name, workload.CapabilityNames()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		d.Errorf(n, hint, "no capability is named %q", name)
	case !slices.Contains(workload.CapabilityNames(), name):
		d.Errorf(n, fmt.Sprintf("did you mean %q?", set.String()), "Docker compares the names of capabilities as text: %q never matches", name)
	}
	return set
}

func (d *decoder) conditionArch(n *document.Node) string {
	if a := scmpArch(n.Text); n.Kind == document.String && a != "" && !slices.Contains(dockerArches, n.Text) {
		d.Errorf(n, "one of "+strings.Join(dockerArches[:9], ", "), "arches cannot have %q: Docker compares it as text, and it never matches", n.Text)
		return ""
	}
	return d.OneOf(n, "each of arches", dockerArches)
}

// kernel reads "<version>.<major revision>", as Docker does.
func (d *decoder) kernel(n *document.Node) *host.Version {
	s := d.String(n, "minKernel")
	if n.Kind != document.String {
		return nil
	}
	major, minor, ok := strings.Cut(s, ".")
	a, errA := strconv.ParseUint(major, 10, 8)
	b, errB := strconv.ParseUint(minor, 10, 8)
	if !ok || errA != nil || errB != nil || a == 0 && b == 0 {
		d.Errorf(n, `as in "4.8"`, "minKernel cannot be %q", s)
		return nil
	}
	return &host.Version{Major: int(a), Minor: int(b)}
}
