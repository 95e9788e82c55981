package policyfile

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// match takes the field match, which must be there: a rule for everything says so with {}.
func (o *object) match(what string) policy.Match {
	n := o.field("match")
	if n == nil && o.Node != nil && !o.Has("match") {
		o.d.Errorf(o.Node, "write match: {} if it is for every workload", "%s has no match", what)
	}
	return decodeMatch(o.d, n, "match")
}

func decodeMatch(d *document.Decoder, n *document.Node, what string) policy.Match {
	o := newObject(d, n, what)
	m := policy.Match{
		Engines:              words[workload.Engine](o, "engines"),
		ContainerdNamespaces: o.strings("containerdNamespaces"),
		Namespaces:           o.strings("namespaces"),
		Pods:                 o.strings("pods"),
		Containers:           o.strings("containers"),
		Images:               o.strings("images"),
		Labels:               o.selectors("labels"),
		PodLabels:            o.selectors("podLabels"),
		Annotations:          o.annotations("annotations"),
		RuntimeHandlers:      o.strings("runtimeHandlers"),
		Requested:            set(o, "requested", workload.RequestNamed, workload.RequestNames()),
		LocalhostProfiles:    o.strings("localhostProfiles"),
		Privileged:           o.optionalFlag("privileged"),
		Capabilities:         o.capabilities("capabilities"),
		Users:                o.users("users"),
		HostNamespaces:       set(o, "hostNamespaces", workload.HostNamespaceNamed, workload.HostNamespaceNames()),
		ContainerKinds:       set(o, "containerKinds", workload.KindNamed, workload.KindNames()),
		Doors:                words[workload.Door](o, "doors"),
	}
	if n := o.field("except"); n != nil {
		e := decodeMatch(d, n, "except")
		m.Except = &e
	}
	o.Done()
	m.Source = o.source
	return m
}

func (o *object) annotations(key string) []policy.Annotation {
	n := o.field(key)
	values := o.d.Object(n, key)
	if values.Node == nil {
		return nil
	}
	if len(values.Node.Fields) == 0 {
		o.d.Errorf(n, `as in {example.com/tier: "gold"}`, "%s is empty", key)
	}
	var out []policy.Annotation
	for _, f := range values.Node.Fields {
		a := policy.Annotation{Key: f.Key}
		switch f.Value.Kind {
		case document.List:
			a.Values = o.d.Strings(f.Value, "each value of "+f.Key)
		case document.Null:
			o.d.Errorf(f.Value, `"*" matches every value`, "the annotation %q has no value", f.Key)
		default:
			a.Values = []string{o.d.String(f.Value, "the value of "+f.Key)}
		}
		o.source.Fields[fmt.Sprintf("%s[%s]", key, f.Key)] = position(f.Value)
		out = append(out, a)
	}
	return out
}

func (o *object) capabilities(key string) *policy.Capabilities {
	n := o.field(key)
	if n == nil {
		return nil
	}
	c := newObject(o.d, n, key)
	names := workload.CapabilityNames()
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], "CAP_")
	}
	out := &policy.Capabilities{
		AnyOf:  set(c, "anyOf", workload.CapabilityNamed, names),
		AllOf:  set(c, "allOf", workload.CapabilityNamed, names),
		NoneOf: set(c, "noneOf", workload.CapabilityNamed, names),
	}
	c.Done()
	return out
}

// users takes a list of uids and ranges of uids: 0, "0", "1000-1999".
func (o *object) users(key string) []policy.Users {
	var out []policy.Users
	for _, item := range o.list(key) {
		if item.Kind == document.Number {
			uid := uint32(o.d.Uint(item, "a uid", 1<<32-1)) //nolint:gosec // bounded by the limit
			out = append(out, policy.Users{From: uid, To: uid})
			continue
		}
		s := o.d.String(item, "each of "+key)
		from, to, isRange := strings.Cut(s, "-")
		if !isRange {
			to = from
		}
		a, err1 := strconv.ParseUint(from, 10, 32)
		b, err2 := strconv.ParseUint(to, 10, 32)
		if item.Kind == document.String && (err1 != nil || err2 != nil) {
			o.d.Errorf(item, `as in "0" or "1000-1999"`, "%s cannot be %q", key, s)
		}
		out = append(out, policy.Users{From: uint32(a), To: uint32(b)}) //nolint:gosec // parsed as 32 bits
	}
	return out
}
