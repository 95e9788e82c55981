// Package cli is the command line seccompctl: one file per verb.
//
// The answer goes to stdout in one of a few forms, everything else to stderr. A program exits with 0 for yes, 1 where the
// answer is no, and 2 where it was used wrongly or could not find out.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Version is the version of the program, set when it is built.
var Version = "unknown"

// The exit codes.
const (
	exitYes   = 0
	exitNo    = 1
	exitError = 2
)

// Main runs seccompctl with its arguments, without the program's name, and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal ends it in any case, as where it waits for what it reads
	c := &console{in: stdin, out: stdout, err: stderr, now: time.Now}
	root := newRoot(c)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitYes
	}
	return c.fail(cmd, err)
}
