package profile

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Join returns p joined to its base, and that to its own, up to the one that has none: a call is permitted if any of
// them permits it. The bases are found by lookup; everything but the rules is p's own.
//
// Bases that lead back to one another are an error that names the cycle. So is what a join would loosen without anybody
// noticing: a base whose default is laxer, or rules stricter than the default, which the other profile's default undoes.
// What cannot be joined without looking at arguments is an error, too.
func Join(p *Profile, lookup func(name string) (*Profile, error)) (*Profile, error) {
	label := path.Base(p.Name)
	return join(p, lookup, []string{strings.TrimSuffix(label, path.Ext(label))})
}

func join(p *Profile, lookup func(name string) (*Profile, error), chain []string) (*Profile, error) {
	out := p.Clone()
	if p.Base == "" {
		return out, nil
	}
	chain = append(chain, p.Base)
	if slices.Index(chain, p.Base) < len(chain)-1 {
		return nil, fmt.Errorf("join profile %q: the bases lead back to one another: %s", p.Name, strings.Join(chain, " -> "))
	}
	base, err := lookup(p.Base)
	if err != nil {
		return nil, fmt.Errorf("join profile %q: base %q: %w", p.Name, p.Base, err)
	}
	if base, err = join(base, lookup, chain); err != nil {
		return nil, err
	}
	out.Base = ""
	if out.Rules, err = union(base, out); err != nil {
		return nil, fmt.Errorf("join profile %q: base %q: %w", p.Name, p.Base, err)
	}
	out.Findings = append(out.Findings, base.Findings...)
	return out, nil
}

// union returns the rules of the base and of p, as the join of the two.
func union(base, p *Profile) ([]Rule, error) {
	if strictness(base.DefaultAction) > strictness(p.DefaultAction) {
		return nil, fmt.Errorf("its defaultAction %s is laxer than this one's, %s: joined, all is as in the base (make the two equal)", base.DefaultAction, p.DefaultAction)
	}
	for _, q := range []*Profile{base, p} {
		for _, r := range q.Rules {
			if strictness(r.Action) < strictness(p.DefaultAction) {
				return nil, fmt.Errorf("%s of %s in %q is stricter than the defaultAction %s: a join permits what either profile permits (write one profile without a base)", r.Action, r.Names[0], q.Name, p.DefaultAction)
			}
		}
	}
	rules := slices.Clone(base.Rules)
	for _, r := range p.Rules {
		add := Rule{}
		for _, name := range r.Names {
			keep, err := laxest(rules[:len(base.Rules)], r, name)
			if err != nil {
				return nil, err
			}
			if keep {
				add.Names = append(add.Names, name)
			}
		}
		if r.Names = add.Names; len(r.Names) > 0 {
			rules = append(rules, r)
		}
	}
	return slices.DeleteFunc(rules, func(r Rule) bool { return len(r.Names) == 0 }), nil
}

// laxest makes room in the base's rules for one name of a rule, and reports whether that rule is to be added.
func laxest(rules []Rule, r Rule, name string) (bool, error) {
	for i, other := range rules {
		if !slices.Contains(other.Names, name) || verdictOf(other.Action, other.ErrnoRet) == verdictOf(r.Action, r.ErrnoRet) {
			continue
		}
		if len(other.Args) > 0 || len(r.Args) > 0 || conditional(other) || conditional(r) {
			return false, fmt.Errorf("both have rules for %s, with other actions and with conditions (write the rules of that call into one of the two)", name)
		}
		if strictness(other.Action) > strictness(r.Action) {
			return false, nil
		}
		rules[i].Names = slices.DeleteFunc(slices.Clone(other.Names), func(n string) bool { return n == name })
	}
	return true, nil
}

func conditional(r Rule) bool { return r.Includes != nil || r.Excludes != nil }
