package denial

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A disk that cannot take lines loses no counts: they are written when it can.
func TestADiskThatTakesNoLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "denials.jsonl")
	if err := os.Mkdir(path, 0o700); err != nil { // a directory is in the way
		t.Fatal(err)
	}
	var faults []error
	w := NewWatcher(Settings{Path: path, Fault: func(err error) { faults = append(faults, err) }})
	now := time.Unix(1795119683, 0)
	for range 100 {
		w.tallies.add(Container{ID: "c"}, Event{Arch: 0xc000003e, NR: 162, Code: 0x50000}, now, now, 3)
		w.tallies.add(Container{ID: "d"}, Event{Arch: 0xc000003e, NR: 162, Code: 0x50000}, now, now, 2)
		w.write(now, false)
		now = now.Add(tick)
	}
	s := w.Stats()
	if len(faults) != 1 || s.Failed == 0 || s.LastError == "" || s.Lines != 0 {
		t.Errorf("%d faults were told, %+v", len(faults), s)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	w.write(now, false)
	w.lines.Close()
	if got := sum(lines(t, path), func(d Denial) bool { return d.Container.ID == "c" }); got != 300 {
		t.Errorf("%d are on record, want 300", got)
	}
	if s := w.Stats(); s.LastError != "" || s.Lines != 2 {
		t.Errorf("afterwards: %+v", s)
	}
}

// A follower goes on where a log was set aside, and sees each line once.
func TestFollowOverARotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "denials.jsonl")
	w := NewWatcher(Settings{Path: path})
	say := func(n uint64) {
		t.Helper()
		if err := w.append(Denial{Count: n}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := NewFollower(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []uint64
	next := func() {
		t.Helper()
		if err := f.Next(func(d Denial) { got = append(got, d.Count) }); err != nil {
			t.Fatal(err)
		}
	}
	next()
	say(1)
	next()
	say(2)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	say(3)
	next()
	next()
	say(4)
	next()
	if len(got) != 4 || got[0] != 1 || got[1] != 2 || got[2] != 3 || got[3] != 4 {
		t.Errorf("followed %d", got)
	}
}
