package document

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decoder turns Nodes into Go values and collects every error that it meets, so that a person sees them all at once.
// The zero Decoder is ready. Its methods accept a nil Node, for a field that is absent, and return the zero value for it.
type Decoder struct {
	errs []error
}

// maxErrors is how many errors are shown: a file with more is not what it is taken for.
const maxErrors = 40

// Err returns what was wrong, in the order in which it was met, or nil. Of very many errors it shows the first ones.
func (d *Decoder) Err() error {
	if len(d.errs) <= maxErrors {
		return errors.Join(d.errs...)
	}
	more := &Error{Message: fmt.Sprintf("and %d more errors", len(d.errs)-maxErrors)}
	var first *Error
	if errors.As(d.errs[0], &first) {
		more.File = first.File
	}
	return errors.Join(append(slices.Clone(d.errs[:maxErrors]), more)...)
}

// Errorf records an error at a node.
func (d *Decoder) Errorf(n *Node, hint, format string, args ...any) {
	d.RuleErrorf("", n, hint, format, args...)
}

// RuleErrorf records an error of a lint rule at a node.
func (d *Decoder) RuleErrorf(rule string, n *Node, hint, format string, args ...any) {
	e := Errorf(n, hint, format, args...)
	e.Rule = rule
	d.errs = append(d.errs, e)
}

// is reports whether n is of the kind, and records an error if it is not. A nil node is not, without an error.
func (d *Decoder) is(n *Node, kind Kind, what string) bool {
	if n == nil {
		return false
	}
	if n.Kind != kind {
		d.Errorf(n, "", "%s must be %s, not %s", what, kind, n.Kind)
		return false
	}
	return true
}

// String decodes a string. Other scalars are refused: "name: 12" is written with quotes.
func (d *Decoder) String(n *Node, what string) string {
	if n != nil && (n.Kind == Number || n.Kind == Bool) {
		d.Errorf(n, "quote it: "+strconv.Quote(n.Text), "%s must be a string, not %s", what, n.Kind)
		return ""
	}
	if !d.is(n, String, what) {
		return ""
	}
	return n.Text
}

// Bool decodes true or false.
func (d *Decoder) Bool(n *Node, what string) bool {
	return d.is(n, Bool, what) && n.Text == "true"
}

// Uint decodes a whole number from 0 to limit, in decimal, or in hexadecimal ("0x10") where the syntax has it.
func (d *Decoder) Uint(n *Node, what string, limit uint64) uint64 {
	if !d.is(n, Number, what) {
		return 0
	}
	v, err := strconv.ParseUint(n.Text, 0, 64)
	if err != nil || v > limit {
		d.Errorf(n, "", "%s must be a whole number from 0 to %d, not %s", what, limit, n.Text)
		return 0
	}
	return v
}

// Time decodes a time in RFC 3339.
func (d *Decoder) Time(n *Node, what string) time.Time {
	s := d.String(n, what)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		d.Errorf(n, "as in 2026-12-01T00:00:00Z", "%s must be a time in RFC 3339, not %q", what, s)
	}
	return t
}

// List returns the items of a list.
func (d *Decoder) List(n *Node, what string) []*Node {
	if !d.is(n, List, what) {
		return nil
	}
	return n.Items
}

// Strings decodes a list of strings.
func (d *Decoder) Strings(n *Node, what string) []string {
	var out []string
	for _, item := range d.List(n, what) {
		out = append(out, d.String(item, "each of "+what))
	}
	return out
}

// OneOf decodes a string that must be one of the words.
func (d *Decoder) OneOf(n *Node, what string, words []string) string {
	s := d.String(n, what)
	if n == nil || n.Kind != String || slices.Contains(words, s) {
		return s
	}
	hint := "one of " + strings.Join(words, ", ")
	if w := Closest(s, words); w != "" {
		hint = "did you mean " + strconv.Quote(w) + "?"
	}
	d.Errorf(n, hint, "%s cannot be %q", what, s)
	return ""
}

// Object is a Map being decoded: each field is taken once, and Done reports those that nobody took.
type Object struct {
	Node  *Node
	d     *Decoder
	what  string
	taken []string
}

// Object starts to decode a map. For nil or another kind of node the Object has no fields.
func (d *Decoder) Object(n *Node, what string) *Object {
	o := &Object{Node: n, d: d, what: what}
	if !d.is(n, Map, what) {
		o.Node = nil
	}
	return o
}

// Take returns the value of a field, or nil if the map does not have it or it is null.
func (o *Object) Take(key string) *Node {
	o.taken = append(o.taken, key)
	n := o.Node.Lookup(key)
	if n != nil && n.Kind == Null {
		return nil
	}
	return n
}

// Has reports whether the map has the field, null or not.
func (o *Object) Has(key string) bool { return o.Node.Lookup(key) != nil }

// Done records an error for every field that was not taken, with the closest of those that exist.
func (o *Object) Done() {
	if o.Node == nil {
		return
	}
	for _, f := range o.Node.Fields {
		if slices.Contains(o.taken, f.Key) {
			continue
		}
		hint := "known fields: " + strings.Join(o.taken, ", ")
		if w := Closest(f.Key, o.taken); w != "" {
			hint = "did you mean " + strconv.Quote(w) + "?"
		}
		at := &Node{File: o.Node.File, Line: f.Line, Column: f.Column}
		o.d.Errorf(at, hint, "%s has no field %q", o.what, f.Key)
	}
}
