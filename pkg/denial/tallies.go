package denial

import (
	"slices"
	"time"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Bounds of what is counted apart. A workload chooses names, programs and numbers of calls, so that each of its own has an
// end; what goes beyond is counted together and not lost.
const (
	maxTallies      = 1 << 14 // of all containers
	maxOfContainer  = 512     // with the process
	maxFolded       = 1024    // without it, and with it
	maxInTallies    = 2048    // containers
	idle            = 10 * time.Minute
	sweep           = time.Second
	linesPerWrite   = 64 // of all containers together
	linesOfOneWrite = 32 // of one container
)

// key is what is counted apart.
type key struct {
	container string
	arch      uint32
	nr        int32
	code      uint32
	comm, exe string
	fold      Fold
}

// tally is a count that is not all written yet.
type tally struct {
	key
	container   Container
	pid         uint32
	count       uint64
	first, last time.Time
	written     time.Time // when a line of it was written last; zero for never
	queued      bool
}

// tallies counts denials. It belongs to one goroutine.
type tallies struct {
	m     map[key]*tally
	of    map[string]int // tallies by container
	queue []*tally       // those to be written next
	swept time.Time
}

func newTallies() *tallies { return &tallies{m: map[key]*tally{}, of: map[string]int{}} }

// add counts an event n times, and reports whether it was counted together with others.
func (t *tallies) add(c Container, e Event, first, last time.Time, n uint64) (folded bool) {
	k := key{container: c.ID, arch: e.Arch, nr: e.NR, code: e.Code, comm: e.Comm, exe: e.Exe}
	one, ok := t.m[k]
	if !ok {
		if k = t.fold(k, e); k.fold == FoldContainer {
			c = Container{}
		}
		one, ok = t.m[k]
	}
	if !ok {
		one = &tally{key: k, container: c}
		t.m[k] = one
		t.of[k.container]++
		t.enqueue(one)
	}
	if one.count == 0 {
		one.first = first
	}
	if k.fold == FoldNone {
		one.pid = e.PID
	}
	one.count += n
	one.last = last
	one.container = c
	return k.fold != FoldNone
}

// fold leaves as much out of a new key as there is no room for.
func (t *tallies) fold(k key, e Event) key {
	n := t.of[k.container]
	switch {
	case n == 0 && len(t.of) >= maxInTallies:
		return key{code: k.code, fold: FoldContainer}
	case n < maxOfContainer && len(t.m) < maxTallies:
		return k
	}
	k.comm, k.exe, k.fold = "", "", FoldProcess
	if n < maxFolded && len(t.m) < 2*maxTallies && named(e) {
		return k
	}
	k.arch, k.nr, k.fold = 0, 0, FoldSyscall
	return k
}

func named(e Event) bool {
	table, ok := syscalls.Table(e.ABI())
	if ok {
		_, ok = table.Name(int(e.NR))
	}
	return ok
}

// pause is how long a repeated denial is only counted. The more different ones there are, of its container and of all, the
// longer it is: so one container writes a few lines a second at most, and all together some fifty.
func (t *tallies) pause(k key) time.Duration {
	return 5 * time.Second * time.Duration(1+t.of[k.container]/16+len(t.m)/512)
}

// due takes the lines that are to be written now: what is new at once, what repeats every few seconds, and not many at a
// time, so that the rest waits and is counted on. all takes everything that was not written.
func (t *tallies) due(now time.Time, all bool) []*tally {
	if all || now.Sub(t.swept) >= sweep {
		t.swept = now
		t.sweep(now, all)
	}
	if all {
		out := t.queue
		t.queue = nil
		return out
	}
	var out, back []*tally
	of := map[string]int{}
	looked := 0
	for ; looked < min(len(t.queue), 4*linesPerWrite) && len(out) < linesPerWrite; looked++ {
		one := t.queue[looked]
		if of[one.key.container]++; of[one.key.container] > linesOfOneWrite {
			back = append(back, one)
			continue
		}
		out = append(out, one)
	}
	t.queue = append(slices.Delete(t.queue, 0, looked), back...)
	return out
}

// sweep queues what repeats and has waited long enough, and forgets what has not happened for long.
func (t *tallies) sweep(now time.Time, all bool) {
	for k, one := range t.m {
		switch {
		case one.count > 0 && (all || now.Sub(one.written) >= t.pause(k)):
			t.enqueue(one)
		case one.count == 0 && now.Sub(one.written) > idle:
			delete(t.m, k)
			if t.of[k.container]--; t.of[k.container] == 0 {
				delete(t.of, k.container)
			}
		}
	}
}

func (t *tallies) enqueue(one *tally) {
	if !one.queued {
		one.queued = true
		t.queue = append(t.queue, one)
	}
}

// line is what is written of a tally.
func (one *tally) line() Denial {
	e := Event{Arch: one.arch, NR: one.nr, Code: one.code}
	d := Denial{
		Time: one.last, First: one.first, Count: one.count, Container: one.container, Action: e.Action(),
		Comm: clip(one.comm), Exe: clip(one.exe), PID: one.pid, Folded: one.fold,
	}
	if one.fold == FoldNone || one.fold == FoldProcess {
		d.Syscall, d.Arch = e.Syscall(), e.ABI()
	}
	return d
}

// done takes what was written off a tally.
func (t *tallies) done(one *tally, now time.Time) { one.count, one.written, one.queued = 0, now, false }

// undone has a tally wait for the next time.
func (t *tallies) undone(one *tally) {
	one.queued = false
	t.enqueue(one)
}
