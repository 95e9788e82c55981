// Package algebra computes with seccomp filters as functions from a system call, with its ABI and six arguments, to an
// answer: which of two filters is stricter and on which call, the strictest and the laxest of two, and a filter that a
// runtime can load for the result.
//
// Read takes a filter's rules as runtimes take them, through libseccomp; docs/algebra.md says how, and how that is held
// against the library and the kernel. The conditions of one call are kept as a decision diagram over the bits of its
// arguments, which is canonical: equal functions are equal values, so that Meet and Join are commutative, associative and
// idempotent to the byte. Everything is exact within a Budget.
//
// The package does no I/O and changes none of its arguments. A Meaning may be used by several goroutines.
package algebra

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Env is what a filter's meaning depends on besides its text.
type Env struct {
	// Native is the ABI of the machine. Runtimes always add it to the architectures of a filter.
	Native specs.Arch
	// Vocabulary is what the runtime's libseccomp knows; rules for other names do not exist for it. With nil, Read takes
	// every name of the tables, which is what the author of the rules meant, and Emit assumes that all can be loaded.
	Vocabulary *syscalls.Vocab
	// Stub says that the runtime answers ENOSYS to calls above the highest number that the rules name, as runc does since
	// 1.0.0-rc93 unless the default action is ALLOW, LOG or TRACE. crun does not.
	Stub bool
	// NoDefaultErrno says that the filter goes to its runtime through a door that drops defaultErrnoRet, as NRI does (all
	// versions to 0.12.5), so that a default of ERRNO means EPERM there. Emit then names every call that is to answer the
	// meaning's default with another number. What cannot be named is denied with EPERM, and is on record as renumbered. Read
	// does not look at it: what it reads has not gone through the door yet.
	NoDefaultErrno bool
	// Budget bounds the work; zero fields have defaults.
	Budget Budget
}

// Budget bounds how large the conditions of one call may become.
type Budget struct {
	// Nodes is the number of decisions that the diagram of one call may have; 0 is 1<<16.
	Nodes int
	// Rules is how many rules Emit may write for one call, and RulesSeveral for one that looks at several arguments: 0 is
	// 256. libseccomp 2.5 takes milliseconds for that, and at most a quarter of a second for all that random filters have.
	Rules, RulesSeveral int
}

func (b Budget) withDefaults() Budget {
	if b.Nodes == 0 {
		b.Nodes = 1 << 16
	}
	if b.Rules == 0 {
		b.Rules = 256
	}
	if b.RulesSeveral == 0 {
		b.RulesSeveral = 256
	}
	return b
}

// BudgetError says that the conditions of a call are too many to compute with exactly. It is matched with errors.As.
type BudgetError struct {
	// Call is the name of the system call, Arch its ABI.
	Call string
	Arch specs.Arch
	// Nodes is the budget that did not suffice.
	Nodes int
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("conditions of %s on %s need more than %d decisions", e.Call, e.Arch, e.Nodes)
}
