package denial

import "testing"

// world answers where living processes are.
type world map[uint32]place

func (w world) look(pid uint32) (place, standing) {
	at, ok := w[pid]
	switch {
	case !ok:
		return place{}, unseen
	case at.id == "":
		return at, outside
	}
	return at, inside
}

func TestProcessesFollowARuntime(t *testing.T) {
	w := world{1: {}, 100: {}}
	p := newProcesses(w.look)
	p.scan([]uint32{1, 100})
	is := func(pid uint32, want standing, id string) {
		t.Helper()
		if at, s := p.where(pid); s != want || at.id != id {
			t.Errorf("process %d: %v %q, want %v %q", pid, s, at.id, want, id)
		}
	}
	p.forked(100, 101) // a shim forks the runtime
	w[101] = place{}
	is(101, outside, "")
	p.forked(101, 102) // its init, which moves and has not started the program yet
	w[102] = place{id: "c"}
	is(102, inside, "c")
	p.execed(102)
	p.forked(102, 103)
	p.exited(103)
	p.exited(102)
	delete(w, 102)
	is(103, inside, "c")
	is(102, inside, "c")

	w[106] = place{}
	p.execed(106)
	p.forked(106, 107) // one that moved by itself after it was started, and its child
	p.exited(107)
	w[106] = place{id: "d"}
	is(107, inside, "d")
	p.forked(106, 108)
	p.exited(108)
	is(108, inside, "d")

	p.forked(101, 104) // one that is gone before it starts a program: nobody can tell
	p.exited(104)
	is(104, unseen, "")
	p.forked(100, 105)
	w[105] = place{}
	p.execed(105)
	p.exited(105)
	delete(w, 105)
	is(105, outside, "")

	p.forked(100, 102) // a number that comes again is another process
	w[102] = place{}
	is(102, outside, "")
	p.forked(999, 103) // the child of one that nobody knows
	is(103, unseen, "")
}

// Where events were lost, a number may be another process's by now, in another container or in none; and what an event tells
// while that is looked for counts.
func TestProcessesAfterLostEvents(t *testing.T) {
	w := world{1: {}, 100: {id: "a"}}
	var p *processes
	meanwhile := func(uint32) {}
	p = newProcesses(func(pid uint32) (place, standing) {
		at, s := w.look(pid)
		meanwhile(pid)
		return at, s
	})
	p.scan([]uint32{1, 100})
	for _, pid := range []uint32{101, 102, 103} {
		p.forked(100, pid)
	}
	w[101], w[102], w[103], w[104] = place{id: "b"}, place{}, place{id: "a"}, place{}
	meanwhile = func(pid uint32) {
		if pid == 104 { // it moves and starts its program after it was looked at
			w[104] = place{id: "c"}
			meanwhile = func(uint32) {}
			p.execed(104)
		}
	}
	p.scan([]uint32{1, 100, 101, 102, 103, 104})
	for pid, want := range map[uint32]place{101: {id: "b"}, 102: {}, 103: {id: "a"}, 104: {id: "c"}} {
		wanted := inside
		if want.id == "" {
			wanted = outside
		}
		if at, s := p.where(pid); s != wanted || at != want {
			t.Errorf("process %d: %v %q, want %v %q", pid, s, at.id, wanted, want.id)
		}
	}
}

func TestProcessesAreBounded(t *testing.T) {
	p := newProcesses(world{1: {id: "c"}}.look)
	p.scan([]uint32{1})
	for pid := range uint32(2 * maxProcesses) {
		p.forked(1, 2+pid)
		p.exited(2 + pid)
	}
	if held, full := p.size(); held > maxGone+1 || full > 0 {
		t.Errorf("%d processes are held, %d did not fit", held, full)
	}
	for pid := range uint32(2 * maxProcesses) {
		p.forked(1, 4*maxProcesses+pid)
	}
	held, full := p.size()
	if held > maxProcesses || full == 0 {
		t.Errorf("%d processes are held, %d did not fit", held, full)
	}
	if _, s := p.where(6*maxProcesses - 1); s != unseen {
		t.Errorf("one that did not fit and is not there: %v", s)
	}
}
