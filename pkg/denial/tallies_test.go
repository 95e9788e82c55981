package denial

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// Workloads make as many different denials as they can. Memory has a bound, the lines have one, and no count is lost.
func TestTalliesAreBounded(t *testing.T) {
	tl := newTallies()
	now := time.Unix(1795119683, 0)
	var made, written uint64
	lines := 0
	write := func(all bool) {
		for _, one := range tl.due(now, all) {
			written += one.line().Count
			tl.done(one, now)
			lines++
		}
	}
	codes := []uint32{0x50000, 0x30000, 0x80000000, 0}
	for c := range 2 * maxInTallies {
		n := 40
		if c < 8 {
			n = 20_000
		}
		for i := range n {
			e := Event{Arch: 0xc000003e, NR: int32(i * 7), Code: codes[i%4], Comm: fmt.Sprint("c", i), Exe: "/x"}
			if i%3 == 0 {
				e.NR %= 400
			}
			tl.add(Container{ID: fmt.Sprint("container", c)}, e, now, now, 2)
			made += 2
		}
		now = now.Add(tick)
		write(false)
	}
	most := 2*maxTallies + maxInTallies*len(actions) + len(actions)
	if len(tl.m) > most || len(tl.of) > maxInTallies+1 {
		t.Errorf("%d tallies of %d containers", len(tl.m), len(tl.of))
	}
	if lines > 2*maxInTallies*linesPerWrite {
		t.Errorf("%d lines in %d writes", lines, 2*maxInTallies)
	}
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	t.Logf("%d tallies of %d containers, heap %d KiB", len(tl.m), len(tl.of), mem.HeapAlloc>>10)
	write(true)
	if made != written {
		t.Errorf("%d were made and %d written", made, written)
	}
	now = now.Add(2 * idle)
	write(false)
	if len(tl.m) != 0 || len(tl.of) != 0 {
		t.Errorf("%d tallies of %d containers are kept for nothing", len(tl.m), len(tl.of))
	}
}

func TestTalliesFoldOneContainerAndNotAnother(t *testing.T) {
	tl := newTallies()
	now := time.Unix(1795119683, 0)
	for i := range 5000 {
		tl.add(Container{ID: "loud"}, Event{Arch: 0xc000003e, NR: 162, Code: 0x50000, Comm: fmt.Sprint(i)}, now, now, 1)
	}
	if folded := tl.add(Container{ID: "quiet"}, Event{Arch: 0xc000003e, NR: 162, Code: 0x50000, Comm: "sh"}, now, now, 1); folded {
		t.Error("a container with one denial is counted together with others")
	}
	if n := tl.of["loud"]; n != maxOfContainer+1 {
		t.Errorf("%d tallies of one call, want those of %d processes and one for the others", n, maxOfContainer)
	}
	for _, one := range tl.due(now, true) {
		if d := one.line(); d.Folded == FoldProcess && (d.Count != 5000-maxOfContainer || d.Syscall != "sync" || d.Comm != "") {
			t.Errorf("folded to %+v", d)
		}
	}
}

// What is new is written at once, what repeats only every few seconds.
func TestTalliesRepeatSlowly(t *testing.T) {
	tl := newTallies()
	now := time.Unix(1795119683, 0)
	var counts []uint64
	for range 200 { // 10 seconds
		tl.add(Container{ID: "c"}, Event{Arch: 0xc000003e, NR: 162, Code: 0x50000}, now, now, 1)
		for _, one := range tl.due(now, false) {
			counts = append(counts, one.line().Count)
			tl.done(one, now)
		}
		now = now.Add(tick)
	}
	if fmt.Sprint(counts) != "[1 100]" {
		t.Errorf("lines with counts %d", counts)
	}
}
