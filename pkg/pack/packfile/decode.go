package packfile

import (
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// maxArgs is how many arguments a filter sees.
const maxArgs = 6

func (d *decoder) pack(n *document.Node) *pack.Pack {
	o := d.Object(n, "a pack")
	p := &pack.Pack{
		Name:     d.need(o, "name"),
		Aim:      d.need(o, "aim"),
		Why:      d.need(o, "why"),
		Breaks:   d.need(o, "breaks"),
		Leaves:   d.text(o.Take("leaves"), "leaves"),
		Includes: d.Strings(o.Take("includes"), "includes"),
	}
	denies := o.Take("denies")
	for _, item := range d.List(denies, "denies") {
		p.Denials = append(p.Denials, d.denial(item))
	}
	if o.Node != nil && len(p.Denials) == 0 && len(p.Includes) == 0 {
		d.Errorf(o.Node, "", "the pack denies nothing")
	}
	o.Done()
	return p
}

func (d *decoder) denial(n *document.Node) pack.Denial {
	o := d.Object(n, "a denial")
	calls, args, bits := o.Take("calls"), o.Take("args"), o.Take("anyBit")
	out := pack.Denial{
		Names:      d.names(calls),
		Errno:      d.errno(o.Take("errno")),
		Why:        d.text(o.Take("why"), "why"),
		Around:     d.text(o.Take("around"), "around"),
		Collateral: d.text(o.Take("collateral"), "collateral"),
		Line:       n.Line,
	}
	o.Done()
	for _, item := range d.List(args, "args") {
		a := d.arg(item)
		if slices.ContainsFunc(out.Args, func(b specs.LinuxSeccompArg) bool { return a.Index == b.Index }) {
			d.Errorf(item, "write one denial for each", "argument %d has two conditions, of which runtimes need only one to hold", a.Index)
		}
		out.Args = append(out.Args, a)
	}
	if bits != nil {
		out.Bits = d.bits(bits)
	}
	switch {
	case o.Node == nil:
	case len(out.Names) == 0:
		d.Errorf(n, "", "the denial names no call")
	case (out.Why == "") == (out.Around == ""):
		d.Errorf(n, "why says what the call does for the aim, around which way round it is closed", "a denial has either why or around")
	case args != nil && bits != nil:
		d.Errorf(bits, "write two denials", "a denial has either args or anyBit")
	case args != nil && len(out.Args) == 0:
		d.Errorf(args, "leave args out to deny the whole call", "args is an empty list")
	}
	return out
}

// names decodes names of calls that some table has: a pack has no globs, so that its reader sees what it denies.
func (d *decoder) names(n *document.Node) []string {
	var out []string
	for _, item := range d.List(n, "calls") {
		name := d.String(item, "each of calls")
		switch {
		case item.Kind != document.String:
		case !syscalls.Known(name):
			hint := ""
			if near := syscalls.Suggest(name); near != "" {
				hint = "did you mean " + near + "?"
			}
			d.Errorf(item, hint, "no system call is named %q", name)
		case slices.Contains(out, name):
			d.Errorf(item, "", "%s stands twice", name)
		}
		out = append(out, name)
	}
	return out
}

func (d *decoder) errno(n *document.Node) *uint {
	if n == nil {
		return nil
	}
	name := d.String(n, "errno")
	number, ok := syscalls.Errno(name)
	if !ok {
		d.Errorf(n, "as in ENOSYS", "no error is named %q", name)
		return nil
	}
	return &number
}

// arg decodes a condition. Only the two operators are accepted that every libseccomp compiles right.
func (d *decoder) arg(n *document.Node) specs.LinuxSeccompArg {
	o := d.Object(n, "a condition")
	for _, key := range []string{"index", "op", "value"} {
		if o.Node != nil && !o.Has(key) {
			d.Errorf(n, "as in {index: 0, op: EQ, value: 38}", "%s is missing in a condition", key)
		}
	}
	a := specs.LinuxSeccompArg{
		Index:    uint(d.Uint(o.Take("index"), "index", maxArgs-1)),
		Value:    d.Uint(o.Take("value"), "value", 1<<64-1),
		ValueTwo: d.Uint(o.Take("valueTwo"), "valueTwo", 1<<64-1),
		Op:       specs.LinuxSeccompOperator("SCMP_CMP_" + d.OneOf(o.Take("op"), "op", []string{"EQ", "MASKED_EQ"})),
	}
	o.Done()
	switch {
	case a.Op == specs.OpMaskedEqual && (a.Value == 0 || a.ValueTwo&^a.Value != 0):
		d.Errorf(n, "value is the mask, valueTwo what remains", "the mask is 0, or lacks bits of valueTwo")
	case a.Op == specs.OpEqualTo && a.ValueTwo != 0:
		d.Errorf(n, "", "valueTwo means nothing for EQ")
	}
	return a
}

func (d *decoder) bits(n *document.Node) *pack.Bits {
	o := d.Object(n, "anyBit")
	index, s390, flags := o.Take("index"), o.Take("s390x"), o.Take("flags")
	out := &pack.Bits{Index: uint(d.Uint(index, "index", maxArgs-1))}
	out.S390 = out.Index
	if s390 != nil {
		out.S390 = uint(d.Uint(s390, "s390x", maxArgs-1))
	}
	f := d.Object(flags, "flags")
	if o.Node != nil && (index == nil || f.Node == nil || len(f.Node.Fields) == 0) {
		d.Errorf(n, "as in {index: 0, flags: {CLONE_NEWUSER: 0x10000000}}", "anyBit wants index and flags")
	}
	if f.Node != nil {
		for _, field := range f.Node.Fields {
			v := d.Uint(f.Take(field.Key), field.Key, 1<<64-1)
			if v == 0 || v&(v-1) != 0 || strings.ToUpper(field.Key) != field.Key {
				d.Errorf(field.Value, "as in CLONE_NEWUSER: 0x10000000", "%s is not a name in capitals with one bit", field.Key)
			}
			out.Flags = append(out.Flags, pack.Flag{Name: field.Key, Value: v})
		}
	}
	o.Done()
	return out
}
