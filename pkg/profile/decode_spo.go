package profile

import (
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
)

const spoGroup = "security-profiles-operator.x-k8s.io/"

var spoVersions = []string{spoGroup + "v1", spoGroup + "v1beta1", spoGroup + "v1alpha1"}

// spo decodes a SeccompProfile object of the Security Profiles Operator.
func (d *decoder) spo(n *document.Node) {
	d.p.Dialect = SPO
	o := d.Object(n, "a SeccompProfile")
	kind, version := o.Take("kind"), o.Take("apiVersion")
	if k := d.String(kind, "kind"); kind == nil || k != "SeccompProfile" {
		d.Errorf(orElse(kind, n), "the only kind that is a profile is SeccompProfile", "an object of kind %q is not a profile", k)
		return
	}
	if v := d.String(version, "apiVersion"); version == nil || !slices.Contains(spoVersions, v) {
		d.Errorf(orElse(version, n), "known: "+strings.Join(spoVersions, ", "), "a SeccompProfile cannot have the apiVersion %q", v)
	}
	o.Take("metadata")
	o.Take("status") // the operator's notes about its cluster
	spec := o.Take("spec")
	o.Done()
	if spec == nil {
		d.Errorf(n, "", "spec is missing")
		return
	}
	s := d.Object(spec, "spec")
	d.common(s)
	base, disabled := s.Take("baseProfileName"), s.Take("disabled")
	d.p.Base = d.String(base, "baseProfileName")
	if strings.HasPrefix(d.p.Base, "oci://") {
		d.Errorf(base, "save the base beside this file", "a base cannot be %q: nothing is fetched from a registry", d.p.Base)
	}
	if d.Bool(disabled, "disabled") {
		d.Errorf(disabled, "remove it, or do not name this profile", "this profile is disabled")
	}
	s.Done()
}

func orElse(n, other *document.Node) *document.Node {
	if n == nil {
		return other
	}
	return n
}
