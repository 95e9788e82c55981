// Command seccompd-hook is run by engines and runtimes as an OCI hook: precreate gives podman's containers the policy's filter,
// and verify holds what the kernel has loaded against what was decided.
package main

import (
	"os"

	"github.com/seccompd/seccompd/pkg/hook"
)

func main() { os.Exit(hook.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
