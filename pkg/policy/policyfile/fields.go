package policyfile

import (
	"fmt"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
)

// object is a map being decoded that remembers where its fields stood.
type object struct {
	*document.Object
	d      *document.Decoder
	what   string
	source policy.Source
}

func newObject(d *document.Decoder, n *document.Node, what string) *object {
	o := &object{Object: d.Object(n, what), d: d, what: what}
	if n != nil {
		o.source.Position = position(n)
	}
	return o
}

func position(n *document.Node) policy.Position {
	return policy.Position{Line: n.Line, Column: n.Column}
}

// field takes a field. One that is there without a value is an error: a list whose entries were all commented out would
// otherwise turn a match into one that asks for less.
func (o *object) field(key string) *document.Node {
	n := o.Take(key)
	if n == nil {
		if o.Has(key) {
			o.d.Errorf(o.Node.Lookup(key), "give it a value or remove the line", "%s is empty", key)
		}
		return nil
	}
	if o.source.Fields == nil {
		o.source.Fields = map[string]policy.Position{}
	}
	o.source.Fields[key] = position(n)
	for i, item := range n.Items {
		o.source.Fields[fmt.Sprintf("%s[%d]", key, i)] = position(item)
	}
	return n
}

func (o *object) text(key string) string { return o.d.String(o.field(key), key) }

func (o *object) flag(key string) bool { return o.d.Bool(o.field(key), key) }

// optionalFlag is nil for a field that is not there.
func (o *object) optionalFlag(key string) *bool {
	n := o.field(key)
	if n == nil {
		return nil
	}
	v := o.d.Bool(n, key)
	return &v
}

// list takes a field that is a list with at least one entry.
func (o *object) list(key string) []*document.Node {
	n := o.field(key)
	items := o.d.List(n, key)
	if n != nil && n.Kind == document.List && len(items) == 0 {
		o.d.Errorf(n, "name at least one, or remove the line", "%s is an empty list", key)
	}
	return items
}

func (o *object) strings(key string) []string {
	var out []string
	for _, item := range o.list(key) {
		out = append(out, o.d.String(item, "each of "+key))
	}
	return out
}

// words takes a list of strings as another type of string; which words exist is checked by Validate.
func words[T ~string](o *object, key string) []T {
	var out []T
	for _, s := range o.strings(key) {
		out = append(out, T(s))
	}
	return out
}

// set takes a list of names as a set of bits.
func set[T ~uint8 | ~uint64](o *object, key string, named func(string) (T, bool), names []string) T {
	var out T
	for _, item := range o.list(key) {
		name := o.d.String(item, "each of "+key)
		bit, ok := named(name)
		switch {
		case ok:
			out |= bit
		case item.Kind == document.String:
			hint := "one of " + join(names)
			if near := document.Closest(name, names); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			o.d.Errorf(item, hint, "%s cannot be %q", key, name)
		}
	}
	return out
}

func join(names []string) string {
	s := ""
	for i, n := range names {
		if i > 0 {
			s += ", "
		}
		s += n
	}
	return s
}
