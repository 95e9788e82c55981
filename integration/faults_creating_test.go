package integration_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// A creation is goroutines that create containers, one after another, until
// they are stopped.
type creation struct {
	t       *testing.T
	done    chan struct{}
	workers sync.WaitGroup
	once    sync.Once

	mu   sync.Mutex
	seen map[verdict]int
}

// keepCreating creates containers in pods of its own; each must get one of the
// verdicts.
func keepCreating(t *testing.T, n *node.Node, workers int, allowed ...verdict) *creation {
	t.Helper()
	c := &creation{t: t, done: make(chan struct{}), seen: map[verdict]int{}}
	for range workers {
		pod := runPod(t, n, node.PodSpec{})
		c.workers.Go(func() { c.work(pod, allowed) })
	}
	t.Cleanup(func() { c.stop() })
	return c
}

func (c *creation) work(pod *node.Pod, allowed []verdict) {
	for {
		select {
		case <-c.done:
			return
		default:
		}
		got, why := judge(c.t, pod, node.ContainerSpec{})
		if !slices.Contains(allowed, got) {
			c.t.Errorf("a container was %s (%s), want one of %v", got, why, allowed)
		}
		c.mu.Lock()
		c.seen[got]++
		c.mu.Unlock()
	}
}

// count returns how many containers were judged so far.
func (c *creation) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	total := 0
	for _, n := range c.seen {
		total += n
	}
	return total
}

// stop ends the creation and returns how many containers got which verdict.
func (c *creation) stop() map[verdict]int {
	c.once.Do(func() { close(c.done) })
	c.workers.Wait()
	return c.seen
}
