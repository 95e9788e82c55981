package build

import (
	"fmt"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/policy"
)

// logDenials finds what keeps denials from being logged on a node, or makes it dangerous there.
func logDenials(p *policy.Policy, n Node) []policy.Finding {
	at, asked := p.AsksForDenials()
	if !asked {
		return nil
	}
	var out []policy.Finding
	found := func(s policy.Severity, hint, format string, args ...any) {
		out = append(out, policy.Finding{
			Rule: policy.RuleLogDenials, Severity: s, File: p.File, Position: at, Part: "logDenials", Message: fmt.Sprintf(format, args...), Hint: hint,
		})
	}
	if n.AuditPanics {
		// Who makes denied calls faster than the kernel can write records would stop the machine.
		found(policy.SeverityError, "auditctl -f 1", "denials cannot be logged: audit's failure mode is panic, so that any container could stop this machine")
	}
	for i, rt := range n.Facts.Runtimes {
		if !rt.FlagsKnown || slices.Contains(rt.Flags, specs.LinuxSeccompFlagLog) {
			continue
		}
		if i == 0 {
			found(policy.SeverityError, "runc takes it from 1.2 on", "denials cannot be logged: %s %s (%s) does not take the flag for it", rt.Name, rt.Version, rt.Path)
		} else {
			found(policy.SeverityWarning, "", "denials are not logged in containers of %s %s (%s), which does not take the flag for it", rt.Name, rt.Version, rt.Path)
		}
	}
	return out
}
