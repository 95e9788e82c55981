//go:build !linux

package host

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// Read fails: only Linux has these facts. Assume stands in for them.
func Read(_ context.Context, _ Options) (Facts, error) {
	return Facts{}, fmt.Errorf("read host facts on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
