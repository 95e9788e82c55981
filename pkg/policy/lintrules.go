package policy

// Lint rules that findings of policies belong to, by the names that docs/lint.md has for them. What is wrong with the form of a
// policy belongs to none, nor does the name of something that is not there.
const (
	RuleForgeable     = "forgeable-loosening"
	RuleNeverReached  = "never-reached"
	RuleNeverMatches  = "never-matches"
	RuleUndecidable   = "undecidable"
	RuleNeedsCurrent  = "needs-current"
	RuleIdleDoor      = "idle-door"
	RuleLogDenials    = "log-denials"
	RuleException     = "exception"
	RuleCollateral    = "collateral"
	RuleCannotStart   = "cannot-start"
	RuleUnknownDenial = "unknown-denial"
	RuleDoesNotLoad   = "does-not-load"
)
