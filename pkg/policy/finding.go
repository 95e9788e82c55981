package policy

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a finding keeps a policy from being applied.
type Severity string

// The severities.
const (
	// SeverityError: the policy cannot be applied.
	SeverityError Severity = "error"
	// SeverityWarning: it can, and its author probably wants to know this.
	SeverityWarning Severity = "warning"
)

// Finding is one thing that is wrong with a policy, or looks wrong.
type Finding struct {
	// Rule is the lint rule that it belongs to; "" for none.
	Rule     string   `json:"rule,omitempty"`
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"`
	Position Position `json:"position,omitzero"`
	// Part is the part of the policy that it is about: "rules[2]", "exceptions[0]", "floor", "default" or "".
	Part string `json:"part,omitempty"`
	// Message says what is wrong, Hint what to write instead; the hint may be empty.
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Error returns the finding as one line: "file:line:column: message (hint)".
func (f Finding) Error() string {
	s := f.File
	if f.Position.Line > 0 {
		s += fmt.Sprintf(":%d:%d", f.Position.Line, f.Position.Column)
	}
	if s != "" {
		s += ": "
	}
	s += f.Message
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	return s
}

// findings collects what is found in a policy.
type findings struct {
	file string
	list []Finding
}

// inOrder returns the findings in the order of the file.
func (f *findings) inOrder() []Finding {
	slices.SortStableFunc(f.list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
	})
	return f.list
}

// at returns the reporter for one part of the policy.
func (f *findings) at(part string, s Source) reporter {
	return reporter{out: f, part: part, source: s}
}

// reporter records findings about one part of a policy.
type reporter struct {
	out    *findings
	part   string
	source Source
	rule   string
}

// in returns the reporter for something within the part that stood elsewhere.
func (r reporter) in(s Source) reporter {
	r.source = s
	return r
}

// of returns the reporter for findings of a lint rule.
func (r reporter) of(rule string) reporter {
	r.rule = rule
	return r
}

func (r reporter) errorf(field, hint, format string, args ...any) {
	r.add(SeverityError, field, hint, format, args...)
}

func (r reporter) warnf(field, hint, format string, args ...any) {
	r.add(SeverityWarning, field, hint, format, args...)
}

func (r reporter) add(s Severity, field, hint, format string, args ...any) {
	r.out.list = append(r.out.list, Finding{
		Rule: r.rule, Severity: s, File: r.out.file, Position: r.source.At(field), Part: r.part,
		Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}
