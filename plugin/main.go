// Command seccompd is the node daemon: it gives every container of the CRI the seccomp filter that the node's policy says.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/nri"
)

// Exit codes. exitUnsupported is for an engine that cannot take seccomp filters.
const (
	exitFailure     = 1
	exitUsage       = 2
	exitUnsupported = 3
)

func main() {
	s, err := parse(os.Args[1:], os.Stdout)
	if errors.Is(err, pflag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, audit.Quote("seccompd: "+err.Error(), 4096))
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err = run(ctx, s)
	stop()
	var unsupported *nri.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		os.Exit(exitUnsupported)
	case err != nil:
		os.Exit(exitFailure)
	}
}
