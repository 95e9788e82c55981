package denial

import "sync"

// Bounds of the table of processes. A kernel has no more processes than its pid_max, which may be four million.
const (
	maxProcesses = 1 << 17
	maxGone      = 1 << 15
)

// standing is what is known of where a process belongs.
type standing uint8

const (
	// unseen: nothing is known. The zero value.
	unseen standing = iota
	// inherited: it was forked outside of containers and has not started a program since. A runtime's init is such a
	// process while it moves into its container.
	inherited
	// outside: it is in no container.
	outside
	// inside: it is in the container that its process names.
	inside
)

type process struct {
	standing standing
	gone     bool
	parent   uint32 // where it is inherited
	place    place
}

// processes is a table of the machine's processes by pid, kept from the kernel's events, so that one that has exited is
// still known for a while. It is safe for concurrent use.
type processes struct {
	// look returns where a living process is: its cgroups are read.
	look func(pid uint32) (place, standing)

	mu   sync.Mutex
	m    map[uint32]process
	gone ring // of exited processes, the oldest of which is forgotten first
	full uint64
}

func newProcesses(look func(uint32) (place, standing)) *processes {
	return &processes{look: look, m: map[uint32]process{}}
}

// ring remembers pids in the order in which they exited.
type ring struct {
	pids []uint32
	next int
}

// push adds a pid and returns the one that it displaces, and false where there is room.
func (r *ring) push(pid uint32) (old uint32, displaced bool) {
	if len(r.pids) < maxGone {
		r.pids = append(r.pids, pid)
		return 0, false
	}
	old = r.pids[r.next]
	r.pids[r.next] = pid
	r.next = (r.next + 1) % maxGone
	return old, true
}

// forked implements procEvents: a child is where its parent is.
func (p *processes) forked(parent, child uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry := p.m[parent]
	switch entry.standing {
	case unseen:
		delete(p.m, child) // and with it what an earlier process of that number was
		return
	case outside:
		entry.standing = inherited
	case inherited, inside:
	}
	entry.parent = parent
	entry.gone = false
	p.put(child, entry)
}

// execed implements procEvents. A process outside of containers that starts a program may have moved into one: every way
// into a container ends with that. One that is inside stays there.
func (p *processes) execed(pid uint32) {
	p.mu.Lock()
	entry := p.m[pid]
	p.mu.Unlock()
	if entry.standing == inside {
		return
	}
	entry.place, entry.standing = p.look(pid)
	if entry.standing == unseen {
		return // it is gone already, or cannot be looked at
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(pid, entry)
}

// exited implements procEvents.
func (p *processes) exited(pid uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave(pid)
}

// leave marks a process as gone.
func (p *processes) leave(pid uint32) {
	entry, ok := p.m[pid]
	if !ok || entry.gone {
		return
	}
	entry.gone = true
	p.m[pid] = entry
	if old, displaced := p.gone.push(pid); displaced && p.m[old].gone {
		delete(p.m, old)
	}
}

// put stores an entry if there is room; a process without one is looked at when there is a denial of its.
func (p *processes) put(pid uint32, entry process) {
	if _, ok := p.m[pid]; !ok && len(p.m) >= maxProcesses {
		p.full++
		return
	}
	p.m[pid] = entry
}

// where returns the container that a process is or was in. A process that nothing is known of, or that may have moved, is
// looked at; where that fails because it is gone, the answer is unseen.
func (p *processes) where(pid uint32) (place, standing) {
	p.mu.Lock()
	entry := p.m[pid]
	p.mu.Unlock()
	if entry.standing == inside || entry.standing == outside {
		return entry.place, entry.standing
	}
	at, s := place{}, unseen
	if !entry.gone {
		at, s = p.look(pid)
	}
	if s == unseen && entry.standing == inherited {
		// A process that moved by itself and was not looked at since.
		pid = entry.parent
		if at, s = p.look(pid); s == outside {
			return place{}, unseen
		}
	}
	if s == inside {
		p.mu.Lock()
		p.put(pid, process{standing: s, place: at})
		p.mu.Unlock()
	}
	return at, s
}

// scan looks at every process that lives, and forgets those that do not: once at the start, and again after events were
// lost. Then a number may be another process's than the table has, in another container or in none. What an event told of a
// process meanwhile is newer than the look.
func (p *processes) scan(pids []uint32) {
	alive := make(map[uint32]bool, len(pids))
	for _, pid := range pids {
		alive[pid] = true
		p.mu.Lock()
		before := p.m[pid]
		p.mu.Unlock()
		at, s := p.look(pid)
		p.mu.Lock()
		if s != unseen && p.m[pid] == before {
			p.put(pid, process{standing: s, place: at})
		}
		p.mu.Unlock()
	}
	for _, pid := range p.others(alive) {
		if _, s := p.look(pid); s != unseen {
			continue // it came meanwhile
		}
		p.exited(pid)
	}
}

// others lists the processes in the table that are not among some, and have not exited.
func (p *processes) others(than map[uint32]bool) (out []uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for pid, entry := range p.m {
		if !than[pid] && !entry.gone {
			out = append(out, pid)
		}
	}
	return out
}

// size returns how many processes are in the table, and how many did not fit.
func (p *processes) size() (held int, full uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.m), p.full
}
