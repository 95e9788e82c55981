package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Validate returns what makes a policy meaningless by itself, whatever node it is for and whatever the time. Every finding
// is an error. What depends on the node, and what only looks wrong, is found by Check.
func (p *Policy) Validate() []Finding {
	f := &findings{file: p.File}
	r := f.at("", p.Source)
	if p.Mode == "" {
		r.errorf("mode", "write mode: audit to begin with", "the policy does not say its mode")
	} else {
		oneOf(r, "mode", p.Mode, Modes())
	}
	oneOf(r, "onError", p.OnError, OnErrors())
	oneOf(r, "architectures", p.Architectures, ArchitectureChoices())
	oneOf(r, "onBudget", p.OnBudget, OnBudgets())
	eachOneOf(r, "doors", p.Doors, workload.Doors())
	if len(p.Exceptions) > MaxExceptions {
		r.errorf("exceptions", "put them into the floor or into rules", "%d exceptions are more than the %d that a policy may have", len(p.Exceptions), MaxExceptions)
	}
	if p.Floor != nil {
		validateFloor(f.at("floor", p.Floor.Source), p.Floor)
	}
	rules := make([]string, len(p.Rules))
	for i := range p.Rules {
		rules[i] = p.Rules[i].Name
	}
	names := map[string]bool{}
	for i := range p.Exceptions {
		e := &p.Exceptions[i]
		r := f.at(fmt.Sprintf("exceptions[%d]", i), e.Source)
		validateName(r, "exception", e.Name, names)
		validateException(r, e, rules)
	}
	names = map[string]bool{DefaultRule: true, SkipFloor: true}
	for i := range p.Rules {
		rule := &p.Rules[i]
		r := f.at(fmt.Sprintf("rules[%d]", i), rule.Source)
		validateName(r, "rule", rule.Name, names)
		oneOf(r, "mode", rule.Mode, Modes())
		validateMatch(r, &rule.Match, false)
		validateAction(r, rule.Action, rule.Profile, rule.Message)
	}
	if d := p.Default; d != nil {
		validateAction(f.at("default", d.Source), d.Action, d.Profile, d.Message)
	}
	return f.inOrder()
}

// oneOf records an error where a word is none of those that exist; empty words are left to others.
func oneOf[T ~string](r reporter, field string, word T, words []T) {
	if word == "" || slices.Contains(words, word) {
		return
	}
	hint := "one of " + joined(words)
	if near := document.Closest(string(word), plain(words)); near != "" {
		hint = "did you mean " + quote(near) + "?"
	}
	name, _, _ := strings.Cut(field, "[")
	r.errorf(field, hint, "%s cannot be %s", name, quote(string(word)))
}

// eachOneOf is oneOf for every item of a list, and no item may stand twice.
func eachOneOf[T ~string](r reporter, field string, list, words []T) {
	for i, w := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		if w == "" {
			r.errorf(at, "one of "+joined(words), "%s has an empty entry", field)
		}
		oneOf(r, at, w, words)
		if slices.Contains(list[:i], w) {
			r.errorf(at, "", "%s names %s twice", field, quote(string(w)))
		}
	}
}

func plain[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

func joined[T ~string](words []T) string { return strings.Join(plain(words), ", ") }

// validateName checks the name of a rule or an exception, which ends up in logs, metrics and refusals.
func validateName(r reporter, what, name string, seen map[string]bool) {
	switch {
	case name == "":
		r.errorf("name", "give it one: refusals and records call it by its name", "the %s has no name", what)
	case len(name) > 63 || !alphanumeric(name[0]) || !all(name, labelByte):
		r.errorf("name", "at most 63 letters, digits, -, _ and ., beginning with a letter or a digit", "%s cannot be a name", quote(name))
	case name == DefaultRule && seen[name]:
		r.errorf("name", "", "a rule cannot be named %q: records call the default action so", name)
	case name == SkipFloor && seen[name]:
		r.errorf("name", "", "a rule cannot be named %q: exceptions call the floor so", name)
	case seen[name]:
		r.errorf("name", "give each its own", "a second %s is named %s", what, quote(name))
	}
	seen[name] = true
}
