// Package lint finds what in a profile or a policy does not do what it seems to: rules that a runtime reads otherwise, denials
// with an open way round, and what a container would not start with.
//
// A finding has a rule, whose section in docs/lint.md says why it matters and what to write instead. Much of what is found is
// found by the packages that read profiles and policies; this one gives it its rule and adds what takes a host, a runtime
// or the algebra of filters to see. It reads no text and does no I/O.
package lint

import (
	"cmp"
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Severity says how sure a rule is.
type Severity string

// The severities.
const (
	// Error: it does not do what it says, or no container starts with it.
	Error Severity = "error"
	// Warning: it probably does not do what its author means.
	Warning Severity = "warning"
)

// Finding is one thing that a rule found. Its fields are those of its JSON.
type Finding struct {
	// Rule is the rule's ID; "" for a fault that belongs to no rule, as of syntax.
	Rule     string   `json:"rule,omitempty"`
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"`
	// Message says what is wrong and why, Hint what to write instead; the hint may be empty.
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// String returns one line: "file:line:column: severity: message (hint) [rule]".
func (f Finding) String() string {
	s := ""
	if f.File != "" {
		s = f.File
		for _, n := range []int{f.Line, f.Column} {
			if n > 0 {
				s += fmt.Sprintf(":%d", n)
			}
		}
		s += ": "
	}
	s += string(f.Severity) + ": " + f.Message
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	if f.Rule != "" {
		s += " [" + f.Rule + "]"
	}
	return s
}

// Subject is a profile to look at.
type Subject struct {
	// Document is what it was decoded from, for places; nil for one that was not read from a text.
	Document *document.Node
	// Written is the profile as it stands there, Whole the same joined to its base; they may be one.
	Written, Whole *profile.Profile
}

// Target is where the profile would be used.
type Target struct {
	Facts        host.Facts
	Capabilities workload.Capabilities
	// PlainOCI says that what reads the profile knows no other dialect than OCI, as containerd and nerdctl.
	PlainOCI bool
	// Rewritten says that a filter which means the same is installed, as seccompd does unless its policy says normalise: false. How
	// libseccomp would have read the text then makes no difference.
	Rewritten bool
}

// Profile returns what the rules find in a profile, in the order of its text. The error is for a profile that has no meaning
// on the target.
func Profile(s Subject, t Target) ([]Finding, error) {
	f, err := s.Whole.Resolve(profile.Target{Facts: t.Facts, Capabilities: t.Capabilities})
	if err != nil {
		return nil, fmt.Errorf("lint profile: %w", err)
	}
	l := &linter{subject: s, target: t, filter: f, places: newPlaces(s)}
	l.fromProfile()
	l.conditions()
	l.actions()
	l.runtimes()
	if err := l.meanings(); err != nil {
		return nil, fmt.Errorf("lint profile: %w", err)
	}
	return inOrder(l.findings), nil
}

// linter is the state of one Profile.
type linter struct {
	subject  Subject
	target   Target
	filter   *specs.LinuxSeccomp
	places   places
	findings []Finding
}

// add records a finding of a rule, of the rule's severity.
func (l *linter) add(id string, at *document.Node, hint, format string, args ...any) {
	l.findings = append(l.findings, Finding{
		Rule: id, Severity: severityOf(id), File: at.File, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// fromProfile takes over what the profile's own reader found.
func (l *linter) fromProfile() {
	for _, f := range l.subject.Whole.Findings {
		l.findings = append(l.findings, Finding{f.Rule, severityOf(f.Rule), f.File, f.Line, f.Column, f.Message, f.Hint})
	}
}

// env is how the runtime reads a filter: as the author means it, since what the runtime does not know has a rule of its own.
func (l *linter) env() algebra.Env { return algebra.Env{Native: l.target.Facts.Native, Stub: true} }

func inOrder(list []Finding) []Finding {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
	return slices.Compact(list)
}
