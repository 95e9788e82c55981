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
