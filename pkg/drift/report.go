package drift

import (
	"time"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Report is what was found at one look at a node.
type Report struct {
	Time     time.Time `json:"time"`
	Snapshot string    `json:"snapshot,omitempty"`
	// Kernel says that the kernel was asked about everything. Stopped is how many threads were stopped to read their filters.
	Kernel  bool `json:"kernel"`
	Stopped int  `json:"stopped"`
	// Read is how many processes have filters that the daemon has read, and that were not read again.
	Read int `json:"read,omitempty"`
	// Containers are those that run, by engine and name; Counts has every verdict.
	Containers []Container     `json:"containers"`
	Counts     map[Verdict]int `json:"counts"`
	// Notes say what of the node could not be looked at.
	Notes []string `json:"notes,omitempty"`
}

// Container is one container. Its texts are the workload's own: quote them before a person sees them.
type Container struct {
	ID   string `json:"id"`
	Name Name   `json:"name"`
	// PID is its first process; 0 where it is not known.
	PID     int       `json:"pid,omitempty"`
	Started time.Time `json:"started,omitzero"`

	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason,omitempty"`
	Basis   Basis   `json:"basis,omitempty"`
	// Calls are calls that it may make and should not, at most MaxCalls; CallsCount is how many system calls there are such
	// arguments of. In each, A is what it is answered and B what the policy says.
	Calls      []algebra.Witness `json:"calls,omitempty"`
	CallsCount int               `json:"callsCount,omitempty"`

	// Now is what the policy in force says, Then the decision on record; nil where there is none.
	Now  *Decision `json:"now,omitempty"`
	Then *Decision `json:"then,omitempty"`
	// Spec says what its configuration has: "filter", "none" or "unknown".
	Spec string `json:"spec"`
	// Held says what its threads have, by the number of their filters.
	Held []Held `json:"held,omitempty"`
	// Processes are those of which the verdict is not "enforced", at most MaxProcesses; ProcessesCount is how many there are.
	Processes      []Process `json:"processes,omitempty"`
	ProcessesCount int       `json:"processesCount,omitempty"`
	Notes          []string  `json:"notes,omitempty"`
}

// MaxCalls and MaxProcesses bound what is said of one container.
const (
	MaxCalls     = 5
	MaxProcesses = 8
)

// Name is how an engine names a container. What it does not name is "".
type Name struct {
	Engine              workload.Engine `json:"engine,omitempty"`
	ContainerdNamespace string          `json:"containerdNamespace,omitempty"`
	Namespace           string          `json:"namespace,omitempty"`
	Pod                 string          `json:"pod,omitempty"`
	Container           string          `json:"container,omitempty"`
	Image               string          `json:"image,omitempty"`
}

// Decision is a decision on a container.
type Decision struct {
	// ID and Time are those of the record; there are none of what is decided now.
	ID   string    `json:"id,omitempty"`
	Time time.Time `json:"time,omitzero"`
	// Result is what became of the container then; it is "refused" now where a new one would not be created.
	Result     audit.Result  `json:"result,omitempty"`
	Rule       string        `json:"rule,omitempty"`
	Action     policy.Action `json:"action,omitempty"`
	Mode       policy.Mode   `json:"mode,omitempty"`
	Profile    string        `json:"profile,omitempty"`
	Floor      bool          `json:"floor,omitempty"`
	Exceptions []string      `json:"exceptions,omitempty"`
	Filter     string        `json:"filter,omitempty"`
	Snapshot   string        `json:"snapshot,omitempty"`
	Message    string        `json:"message,omitempty"`
}

// Held is how many threads, in how many processes, have a number of filters. Filters is -1 where the kernel does not say, and
// Mode is "none", "strict" or "filter".
type Held struct {
	Mode      string `json:"mode"`
	Filters   int    `json:"filters"`
	Threads   int    `json:"threads"`
	Processes int    `json:"processes"`
}

// Process is a process of a container, or some threads of it.
type Process struct {
	PID int `json:"pid"`
	// Thread is one of those that the verdict is about, Threads how many there are.
	Thread  int               `json:"thread"`
	Threads int               `json:"threads"`
	Comm    string            `json:"comm"`
	Verdict Verdict           `json:"verdict"`
	Reason  string            `json:"reason,omitempty"`
	Calls   []algebra.Witness `json:"calls,omitempty"`
}
