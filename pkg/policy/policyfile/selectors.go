package policyfile

import (
	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
)

// selectors takes a label selector, or a list of alternative ones. Each is a string as kubectl takes it, or a map with
// matchLabels and matchExpressions as in a Kubernetes object.
func (o *object) selectors(key string) []policy.Selector {
	n := o.field(key)
	if n == nil {
		return nil
	}
	items := []*document.Node{n}
	if n.Kind == document.List {
		items = n.Items
		if len(items) == 0 {
			o.d.Errorf(n, "name at least one, or remove the line", "%s is an empty list", key)
		}
	}
	var out []policy.Selector
	for _, item := range items {
		if item.Kind == document.Map {
			out = append(out, selectorMap(o.d, item, key))
			continue
		}
		s := o.d.String(item, key)
		if item.Kind != document.String {
			continue
		}
		sel, err := policy.ParseSelector(s)
		if err != nil {
			o.d.Errorf(item, "as in app=web,tier in (a,b),!old", "%v", err)
		}
		out = append(out, sel)
	}
	return out
}

func selectorMap(d *document.Decoder, n *document.Node, what string) policy.Selector {
	o := newObject(d, n, what)
	var out policy.Selector
	if labels := d.Object(o.field("matchLabels"), "matchLabels"); labels.Node != nil {
		for _, f := range labels.Node.Fields {
			if f.Value.Kind == document.Null {
				d.Errorf(f.Value, `write "" for an empty value`, "the label %q has no value", f.Key)
				continue
			}
			v := d.String(f.Value, "the value of "+f.Key)
			out = append(out, policy.Requirement{Key: f.Key, Operator: policy.SelectIn, Values: []string{v}})
		}
	}
	if o.Has("matchExpressions") {
		for _, item := range o.list("matchExpressions") {
			e := newObject(d, item, "each of matchExpressions")
			r := policy.Requirement{Key: e.text("key")}
			op := e.field("operator")
			r.Operator = policy.SelectorOperator(d.OneOf(op, "operator", operatorNames()))
			if op == nil && e.Node != nil && !e.Has("operator") {
				d.Errorf(item, "one of "+join(operatorNames()), "operator is missing")
			}
			if e.Has("values") {
				r.Values = d.Strings(e.field("values"), "values")
			}
			e.Done()
			out = append(out, r)
		}
	}
	o.Done()
	return out
}

func operatorNames() []string {
	var out []string
	for _, op := range policy.SelectorOperators() {
		out = append(out, string(op))
	}
	return out
}
