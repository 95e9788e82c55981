package profile

import (
	"fmt"

	"github.com/seccompd/seccompd/internal/document"
)

// The lint rules that findings, and errors of ParseJSON and Decode, belong to. docs/lint.md has a section for each.
const (
	RuleSyscallTypo      = "syscall-typo"
	RuleSyscallUnknown   = "syscall-unknown"
	RuleDuplicateName    = "duplicate-name"
	RuleOrNotAnd         = "or-not-and"
	RuleMaskZero         = "mask-zero"
	RuleDatumOutsideMask = "datum-outside-mask"
	RuleValueTwoUnused   = "value-two-unused"
	RuleShadowed         = "shadowed"
	RuleEqualsDefault    = "equals-default"
	RuleSameCondition    = "same-condition"
	RuleErrnoZero        = "errno-zero"
	RuleFlagsEmpty       = "flags-empty"
	RuleNotify           = "notify"
)

// Finding is something that the author of a profile should know: the profile is accepted, and does not do what it seems to.
type Finding struct {
	// Rule is the lint rule that found it; "" for what is no such rule's.
	Rule    string `json:"rule,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// String returns one line: "file:line:column: message (hint)".
func (f Finding) String() string {
	e := document.Error{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message, Hint: f.Hint}
	return e.Error()
}

// found records a finding of a rule at a node.
func (d *decoder) found(rule string, n *document.Node, hint, format string, args ...any) {
	d.p.Findings = append(d.p.Findings, Finding{Rule: rule, File: n.File, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...), Hint: hint})
}
