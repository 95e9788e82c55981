package denial

import (
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Denial is a line of the log: one call of one program of a container, and how often a filter answered it in some way since
// the line before it about the same. The counts of all lines together are what the kernel reported.
//
// It has no arguments, since the kernel's record has none.
type Denial struct {
	// Time is when the call was made for the last time of those that are counted, First for the first.
	Time  time.Time `json:"time"`
	First time.Time `json:"first"`
	// Count is how often.
	Count uint64 `json:"count"`
	// Container is the container of the process. Its ID is "" where the process was gone before anybody could tell.
	Container Container `json:"container"`
	// Syscall is the call's name on its ABI, or "#NUMBER"; Action is what the filter did with it.
	Syscall string                   `json:"syscall"`
	Arch    specs.Arch               `json:"arch"`
	Action  specs.LinuxSeccompAction `json:"action"`
	// Comm and Exe are the thread's name and the program's path in the container, and PID one of the processes.
	Comm string `json:"comm,omitempty"`
	Exe  string `json:"exe,omitempty"`
	PID  uint32 `json:"pid,omitempty"`
	// Folded says what was left out because a workload made too many different ones: "process" (Comm, Exe and PID),
	// "syscall" (those, Syscall and Arch) or "container" (all of these).
	Folded Fold `json:"folded,omitempty"`
}

// Fold says what denials were counted together.
type Fold string

// The folds, each wider than the one before it.
const (
	FoldNone      Fold = ""
	FoldProcess   Fold = "process"
	FoldSyscall   Fold = "syscall"
	FoldContainer Fold = "container"
)

// Unattributed reports whether the container could not be told.
func (d Denial) Unattributed() bool { return d.Container.ID == "" && d.Folded != FoldContainer }

// Matters reports whether the call was not made, or would not be if an audit came to an end.
func (d Denial) Matters() bool {
	return Denies(d.Action) || d.Action == specs.ActLog && d.Container.Audited
}
