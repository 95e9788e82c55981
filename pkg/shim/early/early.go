//go:build linux && cgo

// Package early is the part of the runtime door that runs before Go does: it is linked into the program by being imported.
//
// A program in Go costs more to start than most commands of a runtime have to do for the door. So before the Go runtime
// starts, early.c hands on the commands that the door has no part in, and asks the daemon, which has the policy at hand,
// about those that it has one in. It decides nothing, and refuses nothing: whatever is not plainly one of these cases, or
// goes wrong, is left to the door in Go as if this package were not there. A program built without cgo works the same and
// takes longer.
package early

// #cgo CFLAGS: -std=gnu11 -O2
import "C"
