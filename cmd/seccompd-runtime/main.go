// Command seccompd-runtime stands in the place of an OCI runtime: it gives each container that is created the filter of the
// node's policy, and becomes the real runtime.
package main

import (
	"os"

	"github.com/seccompd/seccompd/pkg/shim"
	_ "github.com/seccompd/seccompd/pkg/shim/early" // runs before main where it can
)

func main() { os.Exit(shim.Main(os.Args, os.Environ())) }
