package denial

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/seccompd/seccompd/internal/atomicfile"
)

// StatusInterval is how old the status of a living daemon can be.
const StatusInterval = 5 * time.Second

// Status is what the daemon says of its reading, in a file that it replaces whole.
type Status struct {
	Updated time.Time `json:"updated"`
	Stats
}

func statusFile(runDir string) string { return filepath.Join(runDir, "denials.json") }

// WriteStatus replaces the status in a run directory.
func WriteStatus(runDir string, now time.Time, s Stats) error {
	text, err := json.Marshal(Status{Updated: now, Stats: s})
	if err != nil {
		return fmt.Errorf("encode status of denials: %w", err)
	}
	if err := os.MkdirAll(runDir, 0o755); err != nil {
		return fmt.Errorf("write status of denials: %w", err)
	}
	if err := atomicfile.Write(statusFile(runDir), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write status of denials: %w", err)
	}
	return nil
}

// ReadStatus reads the status in a run directory. The error wraps fs.ErrNotExist where no daemon has read denials since
// the machine started.
func ReadStatus(runDir string) (Status, error) {
	var s Status
	text, err := os.ReadFile(statusFile(runDir))
	if err != nil {
		return s, fmt.Errorf("read status of denials: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read status of denials %s: %w", statusFile(runDir), err)
	}
	return s, nil
}

// Alive reports whether the daemon that wrote the status still does so.
func (s Status) Alive(now time.Time) bool { return now.Sub(s.Updated) < 3*StatusInterval }
