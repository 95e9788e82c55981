// Command seccompd-runtime stands in the place of an OCI runtime: it gives each container that is created the filter of the
// node's policy, and becomes the real runtime.
package main

import (
	"os"
	"runtime/debug"

	"github.com/seccompd/seccompd/pkg/shim"
)

func main() {
	// The process becomes another one within milliseconds: memory is collected only where there is very much of it.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(128 << 20)
	os.Exit(shim.Main(os.Args, os.Environ()))
}
