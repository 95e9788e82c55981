package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A Scratch is a directory for what a process makes outside of nodes, as
// containers of a runtime alone. It goes the way of a node: Close takes away
// what is in it and what runs from it, and after a killed process the next Start.
type Scratch struct {
	dir  string
	lock *os.File
}

// NewScratch makes a scratch directory and has temporary files made in it, by
// this process and those that it starts.
func NewScratch() (*Scratch, error) {
	sweep()
	dir, lock, err := claimDir()
	if err != nil {
		return nil, err
	}
	s := &Scratch{dir: dir, lock: lock}
	temporary := filepath.Join(dir, "t") // a short name: paths of sockets are in it
	// Other users find their way, too.
	if err := errors.Join(os.Chmod(dir, 0o711), os.Mkdir(temporary, 0o711), os.Setenv("TMPDIR", temporary)); err != nil {
		return nil, errors.Join(fmt.Errorf("make a scratch directory: %w", err), s.Close())
	}
	return s, nil
}

// CgroupParent is the cgroup that containers should be in: what is in it is
// removed with the directory.
func (s *Scratch) CgroupParent() string { return cgroupParent(s.dir) }

// Close ends what runs from the directory and removes it.
func (s *Scratch) Close() error {
	err := demolish(s.dir, patience)
	return errors.Join(err, s.lock.Close())
}
