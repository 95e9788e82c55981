package oci

import (
	"strconv"

	"github.com/seccompd/seccompd/internal/document"
)

// decoder reads values and keeps the first thing that is wrong with them. Its methods take nil, for what is absent, and
// return the zero value for it.
type decoder struct {
	s   *scanner
	err error
}

func (d *decoder) errorf(v *value, hint, format string, args ...any) {
	if d.err != nil {
		return
	}
	d.err = d.s.errorf(v.start, format, args...)
	if e, ok := d.err.(*document.Error); ok { //nolint:errorlint // made one line above
		e.Hint = hint
	}
}

func (d *decoder) is(v *value, k kind, what string) bool {
	if v == nil || d.err != nil {
		return false
	}
	if v.kind != k {
		d.errorf(v, "", "%s must be %s, not %s", what, names[k], names[v.kind])
		return false
	}
	return true
}

func (d *decoder) object(v *value, what string) *value {
	if d.is(v, kindObject, what) {
		return v
	}
	return nil
}

func (d *decoder) list(v *value, what string) []member {
	if d.is(v, kindList, what) {
		return v.members
	}
	return nil
}

func (d *decoder) string(v *value, what string) string {
	if d.is(v, kindString, what) {
		return v.text
	}
	return ""
}

func (d *decoder) strings(v *value, what string) []string {
	items := d.list(v, what)
	if v == nil || d.err != nil {
		return nil
	}
	out := make([]string, 0, len(items))
	for i := range items {
		out = append(out, d.string(&items[i].value, "each of "+what))
	}
	return out
}

func (d *decoder) bool(v *value, what string) bool {
	return d.is(v, kindBool, what) && v.text == "true"
}

// uint reads a whole number of a size in bits.
func (d *decoder) uint(v *value, what string, bits int) uint64 {
	if !d.is(v, kindNumber, what) {
		return 0
	}
	n, err := strconv.ParseUint(v.text, 10, bits)
	if err != nil {
		d.errorf(v, "", "%s must be a whole number of %d bits from 0 on, not %.40s", what, bits, v.text)
	}
	return n
}
