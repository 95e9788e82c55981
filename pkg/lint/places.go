package lint

import (
	"slices"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/profile"
)

// places finds where the parts of a profile stand.
type places struct {
	top     *document.Node // the map that has defaultAction
	rules   []*document.Node
	written *profile.Profile
}

func newPlaces(s Subject) places {
	p := places{top: s.Document, written: s.Written}
	if s.Document == nil {
		p.top = &document.Node{File: s.Written.Name}
		return p
	}
	if spec := s.Document.Lookup("spec"); s.Written.Dialect == profile.SPO && spec != nil {
		p.top = spec
	}
	if list := p.top.Lookup("syscalls"); list != nil {
		p.rules = list.Items
	}
	return p
}

// field returns the place of a field of the profile, or of the profile where it has none.
func (p places) field(key string) *document.Node { return or(p.top.Lookup(key), p.top) }

// rule returns the place of a rule.
func (p places) rule(i int) *document.Node {
	if i < len(p.rules) {
		return p.rules[i]
	}
	return &document.Node{File: p.top.File, Line: p.written.Rules[i].Line}
}

// name returns the place of a name in a rule.
func (p places) name(i int, name string) *document.Node {
	r := p.rule(i)
	if list := r.Lookup("names"); list != nil {
		for _, item := range list.Items {
			if item.Text == name {
				return item
			}
		}
	}
	return or(r.Lookup("name"), r)
}

// condition returns the place of a rule's condition.
func (p places) condition(i, arg int) *document.Node {
	r := p.rule(i)
	if list := r.Lookup("args"); list != nil && arg < len(list.Items) {
		return list.Items[arg]
	}
	return r
}

// call returns the place of the first rule that names a call, or of the default action. It is of the profile itself, not of its base.
func (p places) call(name string, which func(profile.Rule) bool) *document.Node {
	for i, r := range p.written.Rules {
		if slices.Contains(r.Names, name) && which(r) {
			return p.name(i, name)
		}
	}
	return p.field("defaultAction")
}

func or(n, other *document.Node) *document.Node {
	if n == nil {
		return other
	}
	return n
}
