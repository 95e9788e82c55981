package lint

import (
	"slices"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Rule is one thing that is looked for.
type Rule struct {
	// ID is its name, and that of its section in docs/lint.md.
	ID       string
	Severity Severity
	// Summary says in one line what it finds.
	Summary string
}

// The rules of this package; those of pkg/profile and pkg/policy are there.
const (
	ruleOverlap             = "overlap"
	ruleIntArgument         = "int-argument"
	ruleOrdered             = "ordered-comparison"
	ruleDockerDialect       = "docker-dialect"
	ruleWayRound            = "open-way-round"
	ruleNeedsENOSYS         = "needs-enosys"
	ruleTrace               = "trace-without-tracer"
	ruleNotifyStart         = "notify-at-start"
	ruleMissingArchitecture = "missing-architecture"
	ruleUnknownName         = "unknown-to-libseccomp"
	ruleNeedsCapabilities   = "needs-capabilities"
)

// rules are in the order of docs/lint.md.
var rules = []Rule{
	{profile.RuleSyscallTypo, Error, "a name that is no system call and near one"},
	{profile.RuleSyscallUnknown, Warning, "a name that is no system call that is known here"},
	{profile.RuleDuplicateName, Warning, "a name that stands twice in a rule"},
	{profile.RuleShadowed, Warning, "a rule that an unconditional one for the same call makes vanish"},
	{profile.RuleEqualsDefault, Warning, "a rule with the action of the default"},
	{profile.RuleSameCondition, Error, "the same conditions with two actions"},
	{ruleOverlap, Warning, "two rules that hold for the same call, with different actions"},
	{profile.RuleOrNotAnd, Error, "two conditions on one argument of a rule, which runtimes read as OR"},
	{profile.RuleMaskZero, Error, "a mask of 0, with which every value matches"},
	{profile.RuleDatumOutsideMask, Warning, "bits of a datum outside of its mask"},
	{profile.RuleValueTwoUnused, Warning, "a valueTwo that the operator does not use"},
	{ruleIntArgument, Warning, "a comparison of 64 bits of an argument of which the kernel uses 32 or fewer"},
	{ruleOrdered, Warning, "several ordered comparisons, which libseccomp before 2.6.1 compiles wrongly"},
	{ruleDockerDialect, Warning, "Docker's dialect, which containerd and nerdctl read as plain OCI"},
	{ruleWayRound, Warning, "a denied call, and another that does the same"},
	{profile.RuleErrnoZero, Error, "an errno of 0"},
	{ruleNeedsENOSYS, Warning, "a denial that is not ENOSYS of a call that user space then would replace"},
	{ruleTrace, Warning, "SCMP_ACT_TRACE, where no tracer is"},
	{profile.RuleNotify, Error, "SCMP_ACT_NOTIFY with which no container starts"},
	{ruleNotifyStart, Warning, "SCMP_ACT_NOTIFY on what the runtime itself calls"},
	{profile.RuleFlagsEmpty, Warning, "an empty list of flags"},
	{ruleMissingArchitecture, Warning, "an ABI of the kernel that a filter with a permissive default kills"},
	{policy.RuleUnknownDenial, Error, "a denial of a call that the runtime's libseccomp does not know"},
	{ruleUnknownName, Warning, "a permission of a call that the runtime's libseccomp does not know"},
	{policy.RuleCannotStart, Error, "a filter that denies what the runtime itself calls"},
	{policy.RuleDoesNotLoad, Error, "a filter that the runtime does not load"},
	{policy.RuleForgeable, Error, "a rule or exception of a policy that loosens by what a pod's author chooses"},
	{policy.RuleNeverReached, Warning, "a rule of a policy behind one that matches all that it matches"},
	{policy.RuleNeverMatches, Warning, "a rule of a policy that nothing can match"},
	{policy.RuleUndecidable, Error, "a rule of a policy that no door can decide"},
	{policy.RuleNeedsCurrent, Error, "an action that needs a filter which no door sees"},
	{ruleNeedsCapabilities, Warning, "an action that needs capabilities which no door sees"},
	{policy.RuleIdleDoor, Warning, "a door that guards nothing on the node"},
	{policy.RuleLogDenials, Error, "denials that a node cannot log, or should not"},
	{policy.RuleException, Warning, "an exception that does not do what it is for"},
	{policy.RuleCollateral, Warning, "what a pack denies beside its aim, or leaves open of it"},
}

// Rules lists all rules, in the order of docs/lint.md.
func Rules() []Rule { return slices.Clone(rules) }

// severityOf returns the severity of a rule; of a fault that belongs to none it is a warning.
func severityOf(id string) Severity {
	for _, r := range rules {
		if r.ID == id {
			return r.Severity
		}
	}
	return Warning
}
