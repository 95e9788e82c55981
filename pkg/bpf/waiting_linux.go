package bpf

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Waiting returns the call that a thread waits in; false where it runs, has ended, or its call may not be seen. It stops
// nobody. Numbers are those of the native ABI: a thread that waits in a call of another one counts as one that runs, as /proc does
// not say which ABI a number is of. Only x86-64 is supported; on others every thread counts as one that runs.
func Waiting(tid int) (Call, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/syscall")
	if err != nil || !restarts {
		return Call{}, false
	}
	return parseCall(string(text))
}

// parseCall reads the number, six arguments, the stack pointer and the program counter. A thread that waits in no call has
// -1 and no arguments, and one that runs is "running".
func parseCall(text string) (Call, bool) {
	fields := strings.Fields(text)
	if len(fields) != 9 {
		return Call{}, false
	}
	number, err := strconv.Atoi(fields[0])
	if err != nil || number < 0 {
		return Call{}, false
	}
	var values [8]uint64
	for i := range values {
		if values[i], err = strconv.ParseUint(fields[1+i], 0, 64); err != nil {
			return Call{}, false
		}
	}
	c := Call{Number: number, Args: [6]uint64(values[:6]), SP: values[6], PC: values[7]}
	// A program of 32 bits has no stack above 4 GiB, and the kernel gives one of 64 bits all of its there.
	return c, c.SP >= 1<<32
}

// FetchWaiting is Fetch for a thread that waits in a call. One that waits there no more is not stopped, and that is ErrMoved. Some
// microseconds lie between the look and the stop: stayed says that it was stopped in that call, and that the kernel takes
// the call up again as if nothing had been. The call passes the filters once more then. Where they deny it by now, because another
// thread has loaded one for all since it was made, it returns EINTR instead of what they say.
func FetchWaiting(tid int, call Call, wait time.Duration) (list []Program, stayed bool, err error) {
	s, err := readStatus(tid)
	if err == nil && s.mode != unix.SECCOMP_MODE_FILTER {
		err = errors.New("it has no filter")
	}
	if err != nil {
		return nil, false, fmt.Errorf("fetch filters of %d: %w", tid, err)
	}
	onDyingThread(func() {
		list, err = fetch(tid, wait, around{
			before: func() error {
				if now, ok := Waiting(tid); !ok || now != call {
					return ErrMoved
				}
				return nil
			},
			within: func() { stayed = takenUpAgain(tid, call) },
		})
	})
	if err != nil {
		return nil, false, fmt.Errorf("fetch filters of %d: %w", tid, err)
	}
	return list, stayed, nil
}
