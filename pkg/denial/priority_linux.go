package denial

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// aside is the nice value of a reader that keeps up. In a flood it has the time, since the buffer holds what others are denied
// meanwhile, and what they lack is a processor.
const aside = 10

// behind is after how many full batches in a row a reader has fallen behind, and takes its full share: some 4,000 records,
// where the buffer has room for 60,000.
const behind = 128

// priority is that of the thread that reads.
type priority struct {
	full int
	nice int
	may  bool
}

// newPriority binds the goroutine to its thread for good: its nice value is nobody else's.
func newPriority() *priority {
	runtime.LockOSThread()
	p := &priority{may: mayHurry()}
	if p.may {
		_ = setNice(p.nice) // a reader before this one may have left another
	}
	return p
}

// mayHurry reports whether a thread may take back that it stepped aside, which needs CAP_SYS_NICE.
func mayHurry() bool {
	may := make(chan bool)
	go func() {
		runtime.LockOSThread() // the thread ends with it
		may <- setNice(aside) == nil && setNice(0) == nil
	}()
	return <-may
}

func setNice(n int) error { return unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), n) }

// read notes that a batch was read, and whether more is there.
func (p *priority) read(more bool) {
	if p.full++; !more {
		p.full = 0
	}
	want := aside
	if p.full >= behind || p.nice == 0 && p.full > 0 {
		want = 0 // until it has caught up
	}
	if p.may && want != p.nice && setNice(want) == nil {
		p.nice = want
	}
}
