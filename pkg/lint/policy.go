package lint

import (
	"errors"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
)

// Policy turns what the check of a policy found into findings.
func Policy(list []policy.Finding) []Finding {
	var out []Finding
	for _, f := range list {
		out = append(out, Finding{f.Rule, Severity(f.Severity), f.File, f.Position.Line, f.Position.Column, f.Message, f.Hint})
	}
	return out
}

// Errors turns what is wrong with a text into findings, one for each error that was joined. Faults of syntax belong to no rule.
func Errors(err error) []Finding {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []Finding
		for _, e := range many.Unwrap() {
			out = append(out, Errors(e)...)
		}
		return out
	}
	var d *document.Error
	var p policy.Finding
	switch {
	case errors.As(err, &d):
		return []Finding{{d.Rule, Error, d.File, d.Line, d.Column, d.Message, d.Hint}}
	case errors.As(err, &p):
		return Policy([]policy.Finding{p})
	}
	return []Finding{{Severity: Error, Message: err.Error()}}
}

// RuleOfLoading reports whether a rule is about what keeps a container from starting or a denial from being loaded. The check of a
// policy finds that itself, and says it where the policy names the profile.
func RuleOfLoading(id string) bool {
	return id == policy.RuleCannotStart || id == policy.RuleUnknownDenial || id == policy.RuleDoesNotLoad
}
