package denial

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestPriority has a reader that keeps up, falls behind, and catches up; the kernel says what it has.
func TestPriority(t *testing.T) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p := newPriority()
		has := func(when string, want int) {
			t.Helper()
			// The system call answers with 20 less the nice value.
			if got, err := unix.Getpriority(unix.PRIO_PROCESS, unix.Gettid()); err != nil || 20-got != want {
				t.Errorf("%s: nice %d, %v; want %d", when, 20-got, err, want)
			}
		}
		p.read(false)
		has("keeping up", aside)
		for range behind - 1 {
			p.read(true)
		}
		has("still keeping up", aside)
		p.read(true)
		has("behind", 0)
		p.read(true)
		has("catching up", 0)
		p.read(false)
		has("caught up", aside)
	}()
	<-done
}
