package policyfile

import (
	"fmt"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

func (f *parser) policy(root *document.Node) *policy.Policy {
	p := &policy.Policy{}
	var floor, fallback *document.Node
	var exceptions, rules []*document.Node
	f.part("", func(d *document.Decoder) {
		o := newObject(d, root, "the policy")
		if o.Node == nil {
			return
		}
		o.constant("apiVersion", policy.APIVersion)
		o.constant("kind", policy.Kind)
		p.Mode = policy.Mode(o.text("mode"))
		p.Doors = words[workload.Door](o, "doors")
		p.OnError = policy.OnError(o.text("onError"))
		p.Normalise = o.optionalFlag("normalise")
		p.Architectures = policy.Architectures(o.text("architectures"))
		p.StrictIdentity = o.flag("strictIdentity")
		p.HonourLegacyAnnotations = o.flag("honourLegacyAnnotations")
		p.RefuseWeakening = o.flag("refuseWeakening")
		p.LogDenials = o.flag("logDenials")
		p.OnBudget = policy.OnBudget(o.text("onBudget"))
		floor = o.field("floor")
		exceptions = d.List(o.field("exceptions"), "exceptions")
		rules = d.List(o.field("rules"), "rules")
		fallback = o.field("default")
		o.Done()
		p.Source = o.source
	})
	if floor != nil {
		f.part("floor", func(d *document.Decoder) { p.Floor = decodeFloor(d, floor) })
	}
	for i, n := range exceptions {
		f.part(fmt.Sprintf("exceptions[%d]", i), func(d *document.Decoder) {
			p.Exceptions = append(p.Exceptions, decodeException(d, n))
		})
	}
	for i, n := range rules {
		f.part(fmt.Sprintf("rules[%d]", i), func(d *document.Decoder) { p.Rules = append(p.Rules, decodeRule(d, n)) })
	}
	if fallback != nil {
		f.part("default", func(d *document.Decoder) { p.Default = decodeDefault(d, fallback) })
	}
	return p
}

// constant takes a field that can say one thing only.
func (o *object) constant(key, want string) {
	n := o.field(key)
	switch {
	case n == nil && !o.Has(key):
		o.d.Errorf(o.Node, fmt.Sprintf("write %s: %s", key, want), "%s is missing", key)
	case n != nil && o.d.String(n, key) != want && n.Kind == document.String:
		o.d.Errorf(n, fmt.Sprintf("this version reads %q", want), "%s cannot be %q", key, n.Text)
	}
}

func decodeRule(d *document.Decoder, n *document.Node) policy.Rule {
	o := newObject(d, n, "a rule")
	r := policy.Rule{
		Name:    o.text("name"),
		Match:   o.match("a rule"),
		Action:  policy.Action(o.text("action")),
		Profile: o.profile("profile"),
		Mode:    policy.Mode(o.text("mode")),
		Message: o.text("message"),

		LogDenials: o.optionalFlag("logDenials"),
	}
	o.Done()
	r.Source = o.source
	return r
}

func decodeDefault(d *document.Decoder, n *document.Node) *policy.Default {
	o := newObject(d, n, "default")
	out := &policy.Default{Action: policy.Action(o.text("action")), Profile: o.profile("profile"), Message: o.text("message")}
	o.Done()
	out.Source = o.source
	return out
}

func decodeFloor(d *document.Decoder, n *document.Node) *policy.Floor {
	o := newObject(d, n, "the floor")
	out := &policy.Floor{Mode: policy.Mode(o.text("mode")), Deny: o.calls("deny"), LeaveOpen: o.strings("leaveOpen"), Profile: o.profile("profile")}
	o.Done()
	out.Source = o.source
	return out
}

func decodeException(d *document.Decoder, n *document.Node) policy.Exception {
	o := newObject(d, n, "an exception")
	e := policy.Exception{
		Name:   o.text("name"),
		Match:  o.match("an exception"),
		Allow:  o.calls("allow"),
		Skip:   o.strings("skip"),
		Until:  d.Time(o.field("until"), "until"),
		Reason: o.text("reason"),
	}
	o.Done()
	e.Source = o.source
	return e
}
