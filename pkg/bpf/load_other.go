//go:build !linux

package bpf

import (
	"errors"
	"fmt"
)

// Load adds a filter to those of the calling thread on Linux. Elsewhere it is an error that matches errors.ErrUnsupported.
func Load(Program, uintptr) error {
	return fmt.Errorf("load filter: only Linux takes one: %w", errors.ErrUnsupported)
}
