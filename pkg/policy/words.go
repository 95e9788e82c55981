package policy

// Mode says whether a decision is carried out.
type Mode string

// The modes. In audit a decision is made and recorded, and nothing is denied that was not denied without it.
const (
	ModeEnforce Mode = "enforce"
	ModeAudit   Mode = "audit"
)

// Action says how the filter that a workload would have without us and the rule's profile combine.
type Action string

// The actions, from the one that leaves a workload most alone to the one that leaves it least.
const (
	// ActionKeep leaves the current filter, or its absence, as it is.
	ActionKeep Action = "keep"
	// ActionFill gives the profile to a workload that has no filter and leaves every other alone.
	ActionFill Action = "fill"
	// ActionRestrict gives the meet of the current filter and the profile.
	ActionRestrict Action = "restrict"
	// ActionReplace gives the profile, whatever the current filter is.
	ActionReplace Action = "replace"
	// ActionRefuse creates no container.
	ActionRefuse Action = "refuse"
)

// TakesProfile reports whether the action needs a profile; the others accept none.
func (a Action) TakesProfile() bool {
	return a == ActionFill || a == ActionRestrict || a == ActionReplace
}

// OnError says what happens to a workload for which the policy cannot be decided.
type OnError string

// What can be done on an error. OnErrorRuntimeDefault restricts the workload to the runtime default.
const (
	OnErrorRefuse         OnError = "refuse"
	OnErrorRuntimeDefault OnError = "RuntimeDefault"
)

// Architectures says which ABIs stay in the filters that are installed.
type Architectures string

// The choices. Trim drops the ABIs that the kernel cannot run, keep none, native every one but the machine's own.
const (
	ArchitecturesTrim   Architectures = "trim"
	ArchitecturesKeep   Architectures = "keep"
	ArchitecturesNative Architectures = "native"
)

// OnBudget says what happens where a filter outgrows its size limit while a container is being created.
type OnBudget string

// The choices. Tighten denies more, never less, and records it; refuse creates no container.
const (
	OnBudgetTighten OnBudget = "tighten"
	OnBudgetRefuse  OnBudget = "refuse"
)

// SkipFloor is the word for the floor in an exception's skip list; every other one is the name of a rule.
const SkipFloor = "floor"

// Modes lists every mode, strictest first.
func Modes() []Mode { return []Mode{ModeEnforce, ModeAudit} }

// Actions lists every action, in the order in which they are always named.
func Actions() []Action {
	return []Action{ActionKeep, ActionFill, ActionRestrict, ActionReplace, ActionRefuse}
}

// OnErrors lists every value of onError.
func OnErrors() []OnError { return []OnError{OnErrorRefuse, OnErrorRuntimeDefault} }

// ArchitectureChoices lists every value of architectures.
func ArchitectureChoices() []Architectures {
	return []Architectures{ArchitecturesTrim, ArchitecturesKeep, ArchitecturesNative}
}

// OnBudgets lists every value of onBudget.
func OnBudgets() []OnBudget { return []OnBudget{OnBudgetTighten, OnBudgetRefuse} }
