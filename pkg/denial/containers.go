package denial

import "sync"

// maxContainers bounds how many containers are remembered: those decided on last.
const maxContainers = 4096

// containers are those that there was a decision on, by id. It is safe for concurrent use.
type containers struct {
	mu   sync.RWMutex
	m    map[string]Container
	ids  []string // in the order in which they came, from next on
	next int
}

func (c *containers) add(one Container) {
	if one.ID == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = map[string]Container{}
	}
	_, have := c.m[one.ID]
	c.m[one.ID] = one
	switch {
	case have:
	case len(c.ids) < maxContainers:
		c.ids = append(c.ids, one.ID)
	default:
		delete(c.m, c.ids[c.next])
		c.ids[c.next] = one.ID
		c.next = (c.next + 1) % maxContainers
	}
}

// find returns what is known of a container, and false where there was no decision on it.
func (c *containers) find(id string) (Container, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	one, ok := c.m[id]
	return one, ok
}

func (c *containers) has(id string) bool {
	_, ok := c.find(id)
	return ok
}
