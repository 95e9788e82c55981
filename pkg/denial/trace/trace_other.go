//go:build !linux || !amd64

package trace

import "context"

// Run is for Linux on amd64 only.
func Run(context.Context, Options, func(Call)) (Result, error) { return Result{}, ErrUnsupported }
