package policyfile

import (
	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
)

// profile takes a reference to a profile, or an inline one; nil where the field is not there.
func (o *object) profile(key string) *policy.ProfileRef {
	n := o.field(key)
	if n == nil {
		return nil
	}
	if n.Kind == document.String {
		o.d.Errorf(n, "as in {type: Localhost, localhostProfile: web.json}", "%s must be a map, not the string %q", key, n.Text)
		return nil
	}
	p := newObject(o.d, n, "a profile")
	out := &policy.ProfileRef{
		Type:             p.text("type"),
		LocalhostProfile: p.text("localhostProfile"),
		Base:             p.text("base"),
		Allow:            p.calls("allow"),
		Deny:             p.calls("deny"),
	}
	p.Done()
	out.Source = p.source
	return out
}

// calls takes a list of system calls, each a name or a map with names and conditions.
func (o *object) calls(key string) []policy.Call {
	var out []policy.Call
	for _, item := range o.list(key) {
		if item.Kind == document.Map {
			out = append(out, decodeCall(o.d, item))
		} else {
			out = append(out, policy.Call{Names: []string{o.d.String(item, "each of "+key)}})
		}
	}
	return out
}

func decodeCall(d *document.Decoder, n *document.Node) policy.Call {
	o := newObject(d, n, "a system call")
	c := policy.Call{Names: o.strings("names")}
	for _, item := range o.list("args") {
		a := newObject(d, item, "a condition")
		arg := policy.Arg{
			Index:    uint(d.Uint(a.field("index"), "index", 5)),
			Value:    d.Uint(a.field("value"), "value", 1<<64-1),
			ValueTwo: d.Uint(a.field("valueTwo"), "valueTwo", 1<<64-1),
			Op:       policy.Operator(a.text("op")),
		}
		for _, key := range []string{"index", "value"} {
			if a.Node != nil && !a.Has(key) {
				d.Errorf(item, "as in {index: 0, op: EQ, value: 38}", "%s is missing", key)
			}
		}
		a.Done()
		c.Args = append(c.Args, arg)
	}
	c.AuditUntil = d.Time(o.field("auditUntil"), "auditUntil")
	c.Until = d.Time(o.field("until"), "until")
	o.Done()
	return c
}
