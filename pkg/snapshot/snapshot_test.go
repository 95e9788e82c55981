package snapshot_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

func sample(text string) *snapshot.Snapshot {
	strict, _ := profile.Builtin("strict")
	return &snapshot.Snapshot{
		Created:  time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Policy:   &policy.Policy{Mode: policy.ModeEnforce},
		Profiles: map[string]*profile.Profile{"builtin/strict": strict},
		Facts:    host.Facts{GOARCH: "amd64"},
		Sources:  []snapshot.Source{{Name: "policy.yaml", Data: []byte(text)}},
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample("mode: enforce")
	data, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := snapshot.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Sources, got.Sources); diff != "" {
		t.Error(diff)
	}
	again, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(data) || got.Digest != want.Digest || got.Digest == "" {
		t.Errorf("encoding what was decoded gives other bytes, or another digest (%s, %s)", got.Digest, want.Digest)
	}
}

func TestEveryDamageIsCorrupt(t *testing.T) {
	data, err := sample("mode: enforce").Encode()
	if err != nil {
		t.Fatal(err)
	}
	for n := range data {
		if _, err := snapshot.Decode(data[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(data))
		}
		bad := []byte(string(data))
		bad[n] ^= 0x20
		if _, err := snapshot.Decode(bad); err == nil {
			t.Fatalf("a file with byte %d changed was accepted", n)
		}
	}
	if _, err := snapshot.Decode(append(data, ' ')); !errors.Is(err, snapshot.ErrCorrupt) {
		t.Errorf("a longer file: %v; want ErrCorrupt", err)
	}
}

func TestStoreKeepsThreeAndGoesBack(t *testing.T) {
	s := snapshot.Open(filepath.Join(t.TempDir(), "state"))
	if _, err := s.Current(); !errors.Is(err, snapshot.ErrNone) {
		t.Fatalf("an empty store: %v; want ErrNone", err)
	}
	var digests []string
	for _, text := range []string{"one", "two", "three", "four"} {
		snap := sample(text)
		put(t, s, snap)
		digests = append(digests, snap.Digest)
	}
	all, err := s.List()
	if err != nil || len(all) != snapshot.Keep {
		t.Fatalf("%d snapshots, %v; want %d", len(all), err, snapshot.Keep)
	}
	for i := 2; i >= 1; i-- {
		back, err := s.Rollback()
		if err != nil || back.Digest != digests[i] {
			t.Fatalf("rolled back to %v, %v; want %s", back, err, digests[i])
		}
		if now := current(t, s); now.Digest != digests[i] {
			t.Fatalf("in force is %s; want %s", now.Digest, digests[i])
		}
	}
	if want := snapshot.SourceDigest(sample("three").Sources); s.Held() != want {
		t.Errorf("held is %q; want the source that was taken out last, %q", s.Held(), want)
	}
	if _, err := s.Rollback(); err == nil {
		t.Error("rolled back beyond the first snapshot")
	}
	if now := current(t, s); now.Digest != digests[1] {
		t.Errorf("a rollback that failed changed what is in force: %s", now.Digest)
	}
	put(t, s, sample("five"))
	if s.Held() != "" {
		t.Error("a new snapshot left the old source held")
	}
}

func TestCorruptNewestFallsBackLoudly(t *testing.T) {
	dir := t.TempDir()
	s := snapshot.Open(dir)
	good := sample("good")
	put(t, s, good)
	put(t, s, sample("bad"))
	newest := filepath.Join(dir, "000002.snapshot")
	whole, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		damage func() error
	}{
		{"truncated", func() error { return os.Truncate(newest, 100) }},
		{"empty", func() error { return os.Truncate(newest, 0) }},
		{"writable by others", func() error { return os.Chmod(newest, 0o666) }},
		{"a symlink", func() error { return errors.Join(os.Remove(newest), os.Symlink("000001.snapshot", newest)) }},
		{"a directory", func() error { return errors.Join(os.Remove(newest), os.Mkdir(newest, 0o700)) }},
	} {
		if err := c.damage(); err != nil {
			t.Fatal(c.name, err)
		}
		got, err := s.Current()
		if got == nil || got.Digest != good.Digest || err == nil {
			t.Errorf("%s: in force is %v with error %v; want the one before, and an error", c.name, got, err)
		}
		if err := errors.Join(os.RemoveAll(newest), os.WriteFile(newest, whole, 0o600)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Current(); err != nil || got.Digest == good.Digest {
			t.Fatalf("control: the newest is whole again, and in force is %v, %v", got, err)
		}
	}
}

// Damage must not push the last good snapshot out.
func TestCorruptSnapshotsDoNotCount(t *testing.T) {
	dir := t.TempDir()
	s := snapshot.Open(dir)
	good := sample("good")
	put(t, s, good)
	for n := 2; n <= 4; n++ {
		put(t, s, sample(fmt.Sprint(n)))
		if err := os.Truncate(filepath.Join(dir, fmt.Sprintf("%06d.snapshot", n)), 10); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, sample("new"))
	all, err := s.List()
	if err != nil || len(all) != 2 || all[0].Digest != good.Digest {
		t.Errorf("%d snapshots can be read, %v; want the first and the last", len(all), err)
	}
}

func TestStaleTemporaryFilesAreIgnoredAndRemoved(t *testing.T) {
	dir := t.TempDir()
	s := snapshot.Open(dir)
	put(t, s, sample("one"))
	stale := filepath.Join(dir, ".000002.snapshot.tmp-123")
	if err := os.WriteFile(stale, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	current(t, s)
	put(t, s, sample("two"))
	if _, err := os.Stat(stale); err == nil {
		t.Error("what a killed writer left is still there")
	}
}

func TestManyWriters(t *testing.T) {
	s := snapshot.Open(t.TempDir())
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := s.Put(sample(strings.Repeat("x", i))); err != nil {
				t.Error(err)
			}
			if snap, err := s.Current(); err != nil || snap == nil {
				t.Errorf("while others write: %v", err)
			}
		})
	}
	wg.Wait()
	if all, err := s.List(); err != nil || len(all) != snapshot.Keep {
		t.Errorf("%d snapshots are left, %v", len(all), err)
	}
}

// PutOver takes the place of what the stamp is of, and of nothing else.
func TestPutOver(t *testing.T) {
	s := snapshot.Open(t.TempDir())
	stamp := func() snapshot.Stamp {
		t.Helper()
		stamp, err := s.Stamp()
		if err != nil {
			t.Fatal(err)
		}
		return stamp
	}
	none := stamp()
	if err := s.PutOver(sample("one"), none); err != nil {
		t.Fatal("control:", err)
	}
	if err := s.PutOver(sample("two"), none); !errors.Is(err, snapshot.ErrOvertaken) {
		t.Errorf("another was put in force: %v", err)
	}
	one := stamp()
	put(t, s, sample("two"))
	two := stamp()
	if _, err := s.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.PutOver(sample("three"), two); !errors.Is(err, snapshot.ErrOvertaken) {
		t.Errorf("it was taken out of force: %v", err)
	}
	if s.Held() == "" {
		t.Error("what was held is let go")
	}
	if err := s.PutOver(sample("three"), one); err != nil {
		t.Error("what is in force again:", err)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := sample("mode: enforce").Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:50])
	f.Add([]byte("seccompd-snapshot 1 00 0 0\n"))
	f.Add([]byte("seccompd-snapshot 2 00 0 0\n{}[]"))
	f.Fuzz(func(t *testing.T, in []byte) {
		snap, err := snapshot.Decode(in)
		if err != nil {
			return
		}
		if _, err := snap.Encode(); err != nil {
			t.Errorf("what was decoded cannot be encoded: %v", err)
		}
	})
}

func put(t *testing.T, s *snapshot.Store, snap *snapshot.Snapshot) {
	t.Helper()
	if err := s.Put(snap); err != nil {
		t.Fatal(err)
	}
}

func current(t *testing.T, s *snapshot.Store) *snapshot.Snapshot {
	t.Helper()
	snap, err := s.Current()
	if err != nil {
		t.Fatal(err)
	}
	return snap
}
