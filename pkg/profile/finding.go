package profile

import (
	"fmt"

	"github.com/seccompd/seccompd/internal/document"
)

// Finding is something that the author of a profile should know: the profile is accepted, and does not do what it seems to.
type Finding struct {
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

// found records a finding at a node.
func (d *decoder) found(n *document.Node, hint, format string, args ...any) {
	d.p.Findings = append(d.p.Findings, Finding{File: n.File, Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...), Hint: hint})
}
