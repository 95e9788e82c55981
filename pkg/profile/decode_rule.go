package profile

import (
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// maxArgs is the number of arguments of a system call, and of conditions that crun reads in a rule.
const maxArgs = 6

func (d *decoder) rule(n *document.Node) {
	o := d.Object(n, "a rule")
	if o.Node == nil {
		return
	}
	r := Rule{Line: n.Line}
	r.Names, _ = d.ruleNames(o)
	if action := o.Take("action"); action != nil {
		r.Action = d.action(action, "action")
	} else {
		d.Errorf(n, `as in "action": "SCMP_ACT_ALLOW"`, "action is missing in a rule")
	}
	errno := o.Take("errnoRet")
	if d.p.Dialect == SPO {
		r.ErrnoRet = d.spoErrno(errno, r.Action)
	} else {
		name, comment, includes, excludes := o.Take("errno"), o.Take("comment"), o.Take("includes"), o.Take("excludes")
		d.dialect(comment, Docker)
		d.dialect(includes, Docker)
		d.dialect(excludes, Docker)
		d.dialect(name, Podman)
		r.ErrnoRet = d.errno(errno, name, "errnoRet", r.Action)
		r.Comment = d.String(comment, "comment")
		r.Includes, r.Excludes = d.condition(includes, "includes"), d.condition(excludes, "excludes")
	}
	r.Args = d.args(o.Take("args"))
	o.Done()
	d.p.Rules = append(d.p.Rules, r)
	d.at.rules = append(d.at.rules, n)
}

// ruleNames decodes names, or Docker's older name, and notes where each stood.
func (d *decoder) ruleNames(o *document.Object) (names []string, at []*document.Node) {
	list := o.Take("names")
	items := d.List(list, "names")
	var older *document.Node
	if d.p.Dialect != SPO {
		older = o.Take("name")
		d.dialect(older, Docker)
	}
	switch {
	case older != nil && older.Text == "" && list != nil: // Docker's own encoder wrote empty ones beside names
	case older != nil && len(items) > 0:
		d.Errorf(older, "keep names", "name and names cannot stand together")
	case older != nil:
		items = []*document.Node{older}
	case len(items) == 0 && (list == nil || list.Kind == document.List):
		d.Errorf(o.Node, `as in "names": ["read"]`, "a rule names no system call: runtimes skip it in silence")
	}
	for _, item := range items {
		name := d.String(item, "each of names")
		if item.Kind != document.String {
			continue
		}
		d.checkName(item, name)
		if slices.Contains(names, name) {
			d.found(RuleDuplicateName, item, "remove one", "%q stands twice in this rule", name)
			continue
		}
		names, at = append(names, name), append(at, item)
	}
	d.at.names = append(d.at.names, at)
	return names, at
}

// checkName refuses a name that is near a known one: runtimes skip it in silence, and a typo in a deny list protects from
// nothing. A name that is far from all may be a call newer than the tables.
func (d *decoder) checkName(n *document.Node, name string) {
	switch near := ""; {
	case name == "":
		d.Errorf(n, "", "the name of a system call is empty")
	case syscalls.Known(name):
	default:
		if near = syscalls.Suggest(name); near != "" {
			d.RuleErrorf(RuleSyscallTypo, n, fmt.Sprintf("did you mean %q?", near), "no system call is named %q: runtimes skip it in silence", name)
			return
		}
		d.found(RuleSyscallUnknown, n, "right only if it is newer than these tables", "no system call is known as %q: a runtime that does not know it either skips it in silence", name)
	}
}

func (d *decoder) args(n *document.Node) []specs.LinuxSeccompArg {
	var args []specs.LinuxSeccompArg
	items := d.List(n, "args")
	if len(items) > maxArgs {
		d.Errorf(items[maxArgs], "split the rule", "a rule has at most %d conditions: crun reads no more", maxArgs)
		return nil
	}
	seen := map[uint]bool{}
	for _, item := range items {
		a := d.arg(item)
		if seen[a.Index] {
			d.found(RuleOrNotAnd, item, "write one condition for an argument, or one rule for each", "argument %d has two conditions: runtimes then need only one of the rule's conditions to hold, not all", a.Index)
		}
		seen[a.Index] = true
		args = append(args, a)
	}
	return args
}

func (d *decoder) arg(n *document.Node) specs.LinuxSeccompArg {
	o := d.Object(n, "a condition")
	if o.Node == nil {
		return specs.LinuxSeccompArg{}
	}
	index, value, two, op := o.Take("index"), o.Take("value"), o.Take("valueTwo"), o.Take("op")
	o.Done()
	a := specs.LinuxSeccompArg{
		Index:    uint(d.Uint(d.need(n, index, "index"), "index", maxArgs-1)),
		Value:    d.Uint(value, "value", 1<<64-1),
		ValueTwo: d.Uint(two, "valueTwo", 1<<64-1),
	}
	if d.need(n, op, "op") != nil {
		a.Op = specs.LinuxSeccompOperator(d.word(op, "op", "SCMP_CMP_", words(operators)))
	}
	if d.p.Dialect != SPO { // whose objects leave out a value of 0
		d.need(n, value, "value")
	}
	switch {
	case a.Op == "":
	case a.Op != specs.OpMaskedEqual && a.ValueTwo != 0:
		d.found(RuleValueTwoUnused, two, "remove it", "valueTwo means nothing for %s", a.Op)
	case a.Op == specs.OpMaskedEqual && a.Value == 0:
		d.found(RuleMaskZero, n, "value is the mask, valueTwo what remains", "a mask of 0 lets every value match")
	case a.Op == specs.OpMaskedEqual && a.ValueTwo&^a.Value != 0:
		d.found(RuleDatumOutsideMask, two, "value is the mask, valueTwo what remains", "valueTwo has bits outside of the mask: libseccomp clears them in silence")
	}
	return a
}

// need records an error where a part of a map is missing, and returns it.
func (d *decoder) need(in, part *document.Node, what string) *document.Node {
	if part == nil {
		d.Errorf(in, "", "%s is missing in a condition", what)
	}
	return part
}
