package snapshot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompd/seccompd/internal/atomicfile"
)

// ErrNone is wrapped by the error of Current where there has never been a snapshot.
var ErrNone = errors.New("no policy is in force: run 'seccompctl apply'")

// ErrOvertaken is wrapped by the error of PutOver where somebody else changed what is in force.
var ErrOvertaken = errors.New("another policy was put in force meanwhile")

// Keep is how many snapshots a Store keeps, the one in force among them.
const Keep = 3

// maxFile is the size of the largest snapshot file that is read, in bytes.
const maxFile = 64 << 20

// Store is a directory of numbered snapshots, "000001.snapshot" and so on. The highest whole one is in force, so that
// applying is one rename and going back is one removal, each of them atomic.
type Store struct {
	dir string
	// owner is the uid that must own the files beside root.
	owner int
}

// Open returns the store in the directory, which need not exist before the first Put. Files that are not owned by root
// or the caller, or that others may write, are not read.
func Open(dir string) *Store { return &Store{dir: dir, owner: os.Geteuid()} }

// Dir returns the store's directory.
func (s *Store) Dir() string { return s.dir }

// Current returns the snapshot in force. Where the newest one is corrupt it returns the one before, with an error that
// wraps ErrCorrupt and says so: callers report the error and go on. The snapshot is nil only where none can be read; then
// the error wraps ErrNone if there has never been one.
func (s *Store) Current() (*Snapshot, error) {
	numbers, err := s.numbers()
	if err != nil {
		return nil, err
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("read snapshot in %s: %w", s.dir, ErrNone)
	}
	var problems []error
	for _, n := range slices.Backward(numbers) {
		snap, err := s.read(n)
		if err == nil {
			return snap, errors.Join(problems...)
		}
		problems = append(problems, err)
	}
	return nil, errors.Join(problems...)
}

// Stamp tells the file of the snapshot in force from any that takes its place, without reading it. The zero value is that
// of none.
type Stamp struct {
	number int
	info   fs.FileInfo
}

// Equal reports whether two stamps are of the same file, and nobody wrote to it in between.
func (s Stamp) Equal(other Stamp) bool {
	if s.info == nil || other.info == nil {
		return s.info == nil && other.info == nil
	}
	return s.number == other.number && os.SameFile(s.info, other.info) && s.info.Size() == other.info.Size() &&
		s.info.Mode() == other.info.Mode() && s.info.ModTime().Equal(other.info.ModTime())
}

// Stamp returns that of the newest snapshot. A Current that was called after it returns that snapshot or a newer one.
func (s *Store) Stamp() (Stamp, error) {
	numbers, err := s.numbers()
	if err != nil || len(numbers) == 0 {
		return Stamp{}, err
	}
	last := numbers[len(numbers)-1]
	info, err := os.Lstat(s.path(last))
	if errors.Is(err, fs.ErrNotExist) {
		return s.Stamp() // it was taken out of force in between
	}
	if err != nil {
		return Stamp{}, fmt.Errorf("look at snapshot: %w", err)
	}
	return Stamp{last, info}, nil
}

// List returns the snapshots that can be read, the one in force last.
func (s *Store) List() ([]*Snapshot, error) {
	numbers, err := s.numbers()
	if err != nil {
		return nil, err
	}
	var all []*Snapshot
	for _, n := range numbers {
		if snap, err := s.read(n); err == nil {
			all = append(all, snap)
		}
	}
	return all, nil
}

// Put puts a snapshot in force, sets its Digest, and removes those beyond Keep. On an error what was in force still is.
func (s *Store) Put(snap *Snapshot) error { return s.put(snap, func() error { return nil }) }

// PutOver is Put for who has worked on what was in force when the stamp was taken. Where another is by now, or a rollback took that
// one out of force, nothing changes, and the error wraps ErrOvertaken.
func (s *Store) PutOver(snap *Snapshot, over Stamp) error {
	return s.put(snap, func() error {
		now, err := s.Stamp()
		if err == nil && !now.Equal(over) {
			err = fmt.Errorf("put snapshot: %w", ErrOvertaken)
		}
		return err
	})
}

// put puts a snapshot in force if, nobody else doing so meanwhile, it may.
func (s *Store) put(snap *Snapshot, may func() error) error {
	data, err := snap.Encode()
	if err != nil {
		return err
	}
	return s.locked(func() error {
		if err := may(); err != nil {
			return err
		}
		numbers, err := s.numbers()
		if err != nil {
			return err
		}
		next := 1
		if len(numbers) > 0 {
			next = numbers[len(numbers)-1] + 1
		}
		if err := atomicfile.Write(s.path(next), data, 0o600); err != nil {
			return fmt.Errorf("put snapshot: %w", err)
		}
		if err := s.release(); err != nil {
			return err
		}
		return s.prune(append(numbers, next))
	})
}

// Rollback takes the snapshot in force out of it and returns the one that now is. It holds the source of the one that it
// took out, see Held. Where there is no earlier one nothing changes and the error says so.
func (s *Store) Rollback() (*Snapshot, error) {
	var back *Snapshot
	err := s.locked(func() error {
		numbers, err := s.numbers()
		if err != nil {
			return err
		}
		if len(numbers) < 2 {
			return fmt.Errorf("roll back: %s holds no earlier snapshot", s.dir)
		}
		last := numbers[len(numbers)-1]
		back, err = s.read(numbers[len(numbers)-2])
		if err != nil {
			return fmt.Errorf("roll back: %w", err)
		}
		// What is taken out may be corrupt: then there is no source to hold.
		if out, err := s.read(last); err == nil {
			if err := s.hold(SourceDigest(out.Sources)); err != nil {
				return fmt.Errorf("roll back: %w", err)
			}
		}
		if err := os.Remove(s.path(last)); err != nil {
			return fmt.Errorf("roll back: %w", err)
		}
		return atomicfile.SyncDir(s.dir)
	})
	return back, err
}

// prune keeps the newest Keep snapshots. A corrupt one does not count, so that damage never costs the last good one. It
// also removes what writers that were killed left behind; the lock says that none is at work.
func (s *Store) prune(numbers []int) error {
	stale, err := filepath.Glob(filepath.Join(s.dir, ".*.tmp-*"))
	if err != nil {
		return fmt.Errorf("prune snapshots: %w", err)
	}
	for _, path := range stale {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("prune snapshots: %w", err)
		}
	}
	good := 0
	for _, n := range slices.Backward(numbers) {
		if good >= Keep {
			if err := os.Remove(s.path(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("prune snapshots: %w", err)
			}
			continue
		}
		if _, err := s.read(n); err == nil {
			good++
		}
	}
	return nil
}

func (s *Store) path(n int) string { return filepath.Join(s.dir, fmt.Sprintf("%06d.snapshot", n)) }

func (s *Store) numbers() ([]int, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	var numbers []int
	for _, e := range entries {
		base, ok := strings.CutSuffix(e.Name(), ".snapshot")
		if n, err := strconv.Atoi(base); ok && err == nil && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

func (s *Store) read(n int) (*Snapshot, error) {
	path := s.path(n)
	data, err := s.readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	snap, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return snap, nil
}

func (s *Store) readFile(path string) ([]byte, error) {
	f, err := openOwned(path, s.owner)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s: %w: more than %d bytes", path, ErrCorrupt, maxFile)
	}
	return data, err
}
