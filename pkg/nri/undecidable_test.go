package nri_test

import (
	"strings"
	"testing"
)

// TestUndecidable has each kind of match that cannot be decided, on the oldest engine that decides it and on one that does
// not tell enough: an attribute, a request, a kind of container, a list of which the visible part does not match, and an
// except. Then the container is refused, and no later rule is tried. What containerd 2.4 leaves open is in the
// integration tests, too.
func TestUndecidable(t *testing.T) {
	const never = ""
	for name, c := range map[string]struct {
		match, field, without, with string
	}{
		"attribute":    {"users: [0]", "users", "containerd v2.2.1", "containerd v2.3.0"},
		"attribute 2":  {"users: [0]", "users", "cri-o 1.34.0", "cri-o 1.36.0"},
		"capabilities": {"capabilities: {anyOf: [SYS_ADMIN]}", "capabilities", "containerd v2.4.2", never},
		"request":      {"requested: [Unconfined]", "requested", "containerd v2.2.0", "containerd v2.2.1"},
		"request 2":    {"requested: [Unconfined]", "requested", "cri-o 1.36.0", never},
		"kind":         {"containerKinds: [init]", "containerKinds", "containerd v2.4.2", never},
		"list":         {"images: [other, \"@sha256:" + strings.Repeat("0", 64) + "\"]", "images", "containerd v2.3.0", "containerd v2.4.0"},
		"except":       {"except: {requested: [RuntimeDefault, Unset]}", "except.requested", "containerd v2.2.0", "containerd v2.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			e := engine(t, "mode: enforce\nrules:\n- {name: first, match: {namespaces: [prod], "+c.match+"}, action: keep}\n"+
				"default: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n")
			for _, version := range []string{c.without, c.with} {
				if version == never {
					continue
				}
				n := newNode(e)
				software, number, _ := strings.Cut(version, " ")
				n.runtime = startRuntime(t, "", software, number)
				n.run(t)
				filter, err := n.runtime.create(pod(), container("c1"))
				if version == c.with {
					if err != nil || filter.GetDefaultAction() != "SCMP_ACT_ALLOW" {
						t.Errorf("%s: %v, %v; want the default's filter", version, filter, err)
					}
					continue
				}
				if err == nil || !strings.Contains(err.Error(), `rule "first" matches on `+c.field+",") || !strings.Contains(err.Error(), "[rule first, undecidable, id ") {
					t.Errorf("%s: %v, %v; want it undecidable for %s", version, filter, err, c.field)
				}
				if r := n.last(t); r.Rule != "first" || r.Reason != "undecidable" {
					t.Errorf("%s: on record is %+v", version, r)
				}
				settled := pod()
				settled.Namespace = "other"
				if filter, err := n.runtime.create(settled, container("c2")); err != nil || filter.GetDefaultAction() != "SCMP_ACT_ALLOW" {
					t.Errorf("%s: in another namespace: %v, %v; want the default's filter", version, filter, err)
				}
			}
		})
	}
}

// TestFillNeedsTheCurrentFilter: before containerd 2.3 nobody tells what a container has, so there is nothing to fill in.
func TestFillNeedsTheCurrentFilter(t *testing.T) {
	for version, undecidable := range map[string]bool{"v2.2.1": true, "v2.3.0": false} {
		n := newNode(engine(t, "mode: enforce\ndefault: {action: fill, profile: {type: Localhost, localhostProfile: p.json}}\n"))
		n.runtime = startRuntime(t, "", "containerd", version)
		n.run(t)
		filter, err := n.runtime.create(pod(), container("c"))
		if undecidable && (err == nil || !strings.Contains(err.Error(), "does not see whether there is one [rule default, undecidable, id ")) {
			t.Errorf("%s: %v, %v; want it undecidable", version, filter, err)
		}
		if !undecidable && (err != nil || filter.GetDefaultAction() != "SCMP_ACT_ALLOW") {
			t.Errorf("%s: %v, %v; want the profile", version, filter, err)
		}
	}
}
