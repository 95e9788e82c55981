// Command seccompctl checks, applies and explains the seccomp policy of a node.
package main

import (
	"os"

	"github.com/seccompd/seccompd/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
