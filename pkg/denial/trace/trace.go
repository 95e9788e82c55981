// Package trace watches the calls of one container for a while, to see those that its filter denies with their arguments,
// which audit records do not have.
package trace

import (
	"errors"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Call is a call that was not made: the kernel ended it before it began, as it does where a filter denies it.
type Call struct {
	PID, TID uint32
	// Comm is the name of the thread, which the workload chose.
	Comm string
	Arch specs.Arch
	NR   int
	Args [6]uint64
	// Errno is what the caller was told; 0 where it was trapped or killed.
	Errno uint
}

// Options say what is watched.
type Options struct {
	// PID is a process of the container by its number in the first pid namespace. All processes in its pid namespace are
	// watched.
	PID uint32
	// For is how long.
	For time.Duration
}

// Result says how it went.
type Result struct {
	// Lost counts calls that were denied too fast to be read.
	Lost uint64
}

// Cost is what watching costs, for those who are asked whether it may.
const Cost = "while it lasts, every system call of every process of this machine costs some 0.1 microseconds more, and those of the container about one"

// ErrUnsupported is the error where this machine cannot do it: another architecture, or a kernel without BPF.
var ErrUnsupported = errors.New("calls cannot be traced on this machine")

// ErrHostPID is the error for a container in the machine's own pid namespace, where its processes cannot be told apart.
var ErrHostPID = errors.New("the container shares the machine's pid namespace, so that its calls cannot be told from others")
