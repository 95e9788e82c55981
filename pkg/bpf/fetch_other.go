//go:build !linux

package bpf

import (
	"errors"
	"fmt"
	"time"
)

// Fetch reads the filters of a thread on Linux. Elsewhere it is an error that matches errors.ErrUnsupported.
func Fetch(tid int, _ time.Duration) ([]Program, error) {
	return nil, fmt.Errorf("fetch filters of %d: only Linux has any: %w", tid, errors.ErrUnsupported)
}

// FetchWaiting reads the filters of a thread on Linux. Elsewhere it is an error that matches errors.ErrUnsupported.
func FetchWaiting(tid int, _ Call, wait time.Duration) ([]Program, bool, error) {
	list, err := Fetch(tid, wait)
	return list, false, err
}

// Waiting returns the call that a thread waits in, on Linux.
func Waiting(int) (Call, bool) { return Call{}, false }

// MayFetchWaiting is an error where this process cannot read filters: on Linux only.
func MayFetchWaiting() error { return errors.ErrUnsupported }
