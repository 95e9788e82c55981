package denial

import (
	"sync"
	"time"
)

// maxGathered is how many different events are held between two looks at them. Where there are more, the reader of the
// socket waits, whose buffer is large.
const maxGathered = 1 << 15

// gathered is one event and how often it came.
type gathered struct {
	Event
	first time.Time
	count uint64
	// until is when the process is given up on, and again when to look for it once more.
	until, again time.Time
}

// gather counts equal events, so that a loop of a million calls is one thing to look at and not a million. One goroutine
// adds and another takes.
type gather struct {
	mu    sync.Mutex
	room  *sync.Cond
	m     map[Event]*gathered
	come  chan struct{} // something is there
	total uint64
}

func newGather() *gather {
	g := &gather{m: map[Event]*gathered{}, come: make(chan struct{}, 1)}
	g.room = sync.NewCond(&g.mu)
	return g
}

func (g *gather) add(e Event) {
	k := e
	k.Time = time.Time{}
	g.mu.Lock()
	one, ok := g.m[k]
	if !ok {
		for len(g.m) >= maxGathered {
			g.room.Wait()
		}
		one = &gathered{Event: e, first: e.Time}
		g.m[k] = one
	}
	one.Time = e.Time
	one.count++
	g.total++
	g.mu.Unlock()
	select {
	case g.come <- struct{}{}:
	default:
	}
}

// take returns what came since it was last called, and how many events ever came.
func (g *gather) take() ([]*gathered, uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]*gathered, 0, len(g.m))
	for _, one := range g.m {
		out = append(out, one)
	}
	clear(g.m)
	g.room.Broadcast()
	return out, g.total
}

// came is how many events ever came.
func (g *gather) came() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.total
}
