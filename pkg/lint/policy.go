package lint

import (
	"errors"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
)

// ofPolicy tells which rule a finding of a policy's own check belongs to, by what it says. A test holds an example of each.
var ofPolicy = []struct{ says, rule string }{
	{" opens the floor to whoever chooses ", ruleForgeable},
	{" keeps the filter of whoever chooses ", ruleForgeable},
	{" permits whoever chooses ", ruleForgeable},
	{" leaves its own filter to whoever chooses ", ruleForgeable},
	{" leaves out whoever chooses ", ruleForgeable},
	{" is never reached: ", ruleNeverReached},
	{" can never match: ", ruleNeverMatches},
	{" cannot be decided: ", ruleUndecidable},
	{" needs the filter that the engine made", ruleNeedsCurrent},
	{"exception \"", ruleException},
	{" also denies ", ruleCollateral},
	{" leaves open ", ruleCollateral},
	{" starts no container: ", ruleCannotStart},
	{", which the libseccomp ", ruleUnknownDenial},
	{" does not load with ", ruleDoesNotLoad},
}

// Policy gives findings of a policy their rules.
func Policy(list []policy.Finding) []Finding {
	var out []Finding
	for _, f := range list {
		out = append(out, Finding{RuleOf(f.Message), Severity(f.Severity), f.File, f.Position.Line, f.Position.Column, f.Message, f.Hint})
	}
	return out
}

// RuleOf returns the rule of a finding of a policy by its message, or "".
func RuleOf(message string) string {
	for _, o := range ofPolicy {
		if strings.Contains(message, o.says) {
			return o.rule
		}
	}
	return ""
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
	return id == ruleCannotStart || id == ruleUnknownDenial || id == ruleDoesNotLoad
}
