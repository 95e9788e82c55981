package lint

import (
	"testing"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// The tables name calls that exist.
func TestTables(t *testing.T) {
	if len(waysRound()) < 40 {
		t.Fatalf("%d ways round", len(waysRound()))
	}
	for _, w := range waysRound() {
		for _, name := range append([]string{w.by}, w.denied...) {
			if !syscalls.Known(name) {
				t.Errorf("%q is no system call", name)
			}
		}
	}
	for _, name := range replaced {
		if !syscalls.ExpectsENOSYS(name) {
			t.Errorf("%s has no fallback in pkg/syscalls", name)
		}
	}
}
