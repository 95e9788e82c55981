// Command onlyexec does nothing but execute the program that its environment
// names: the least that a program in Go in the place of a runtime can cost.
package main

import (
	"os"
	"syscall"
)

func main() {
	_ = syscall.Exec(os.Getenv("ONLYEXEC"), os.Args, os.Environ())
	os.Exit(1)
}
