package bpf

import "errors"

// Call is a system call that a thread waits in, as /proc/PID/syscall shows it.
type Call struct {
	Number int
	Args   [6]uint64
	// SP and PC are the stack pointer and the program counter.
	SP, PC uint64
}

// ErrMoved says that a thread does not wait in the call any more that it was to be stopped in. It was not stopped.
var ErrMoved = errors.New("it does not wait in that call any more")
