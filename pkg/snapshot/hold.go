package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seccompd/seccompd/internal/atomicfile"
)

// Held returns the digest of the source that a Rollback took out of force, or "". Whoever applies changes of the source
// by itself leaves that source alone, or a restart would undo the rollback. The next Put ends it.
func (s *Store) Held() string {
	data, err := s.readFile(s.heldPath())
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

func (s *Store) heldPath() string { return filepath.Join(s.dir, "held") }

func (s *Store) hold(digest string) error {
	return atomicfile.Write(s.heldPath(), []byte(digest+"\n"), 0o600)
}

func (s *Store) release() error {
	if err := os.Remove(s.heldPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("end the hold on a source: %w", err)
	}
	return nil
}
