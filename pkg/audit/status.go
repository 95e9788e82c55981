package audit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Status is what the daemon says of itself, in a file that it replaces whole.
type Status struct {
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	// Updated is when the file was written. The daemon writes it when something changes, and every StatusInterval.
	Updated time.Time `json:"updated"`
	// Stopped says that the daemon stopped when it wrote this; one that was killed says nothing.
	Stopped bool    `json:"stopped,omitempty"`
	Source  Source  `json:"source"`
	InForce InForce `json:"inForce"`
	NRI     Door    `json:"nri"`
	// RuntimeDoors is what the daemon does for runtime doors; nil before it listens for them.
	RuntimeDoors *RuntimeDoors `json:"runtimeDoors,omitempty"`
	// Containers counts containers by result since the daemon started.
	Containers map[Result]uint64 `json:"containers"`
	Log        Stats             `json:"log"`
	// Drift is how the containers that run stood to the policy when they were last held against it; nil before that.
	Drift *Drift `json:"drift,omitempty"`
	// Refusals are the newest refusals, the newest first.
	Refusals []Record `json:"refusals,omitempty"`
}

// StatusInterval is how old a living daemon's status can be.
const StatusInterval = 10 * time.Second

// Living reports whether the daemon that wrote the status still does.
func (s Status) Living(now time.Time) bool {
	return !s.Stopped && now.Sub(s.Updated) < 3*StatusInterval
}

// Source is where the daemon reads the policy, and how that went.
type Source struct {
	Policy   string   `json:"policy"`
	Profiles []string `json:"profiles,omitempty"`
	// Digest names the source that was read last, and At is when.
	Digest string    `json:"digest,omitempty"`
	At     time.Time `json:"at,omitzero"`
	// Error is why it is not in force; "" where it is, or was taken out of force by a rollback.
	Error    string   `json:"error,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	// Held says that a rollback took this source out of force: it is applied again when it changes.
	Held bool `json:"held,omitempty"`
}

// InForce is the snapshot that decides.
type InForce struct {
	// Digest is "" where there is none, and every container is refused.
	Digest  string    `json:"digest,omitempty"`
	Created time.Time `json:"created,omitzero"`
	Mode    string    `json:"mode,omitempty"`
	// Stale says that it is not what the source says.
	Stale bool `json:"stale,omitempty"`
	// Error is why there is none, or what is wrong with it.
	Error string `json:"error,omitempty"`
}

// Door is the state of the NRI door. The measures that fail closed are "yes", "no" or "unknown".
type Door struct {
	Connected        bool   `json:"connected"`
	Runtime          string `json:"runtime,omitempty"`
	Version          string `json:"version,omitempty"`
	NRI              string `json:"nri,omitempty"`
	Launched         bool   `json:"launched,omitempty"`
	Validator        string `json:"validator"`
	FailurePolicy    string `json:"failurePolicy"`
	DefaultValidator string `json:"defaultValidator"`
	Error            string `json:"error,omitempty"`
}

// RuntimeDoors says in whose place the daemon decides, of the runtime doors that ask, and how often it did since it started.
type RuntimeDoors struct {
	// Error is why none can ask.
	Error string `json:"error,omitempty"`
	// StateDir, RunDir and Decisions are the daemon's. A door whose settings name others decides itself.
	StateDir  string `json:"stateDir"`
	RunDir    string `json:"runDir"`
	Decisions string `json:"decisions"`
	// Done counts the containers on which it decided, Left those that it left to the door, and Why says why of the last.
	Done uint64 `json:"done"`
	Left uint64 `json:"left"`
	Why  string `json:"why,omitempty"`
}

// Drift counts the containers of the node by how they stand to the policy in force.
type Drift struct {
	At time.Time `json:"at"`
	// Containers are counted by the verdicts of package drift.
	Containers map[string]int `json:"containers"`
}

// StatusFile returns the path of the status file in a run directory.
func StatusFile(runDir string) string { return filepath.Join(runDir, "status.json") }

// ReadStatus reads the status in a run directory. The error wraps fs.ErrNotExist where no daemon has run since the
// machine started.
func ReadStatus(runDir string) (Status, error) {
	data, err := os.ReadFile(StatusFile(runDir))
	if err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	var s Status
	if err := json.Unmarshal(data, &s); err != nil {
		return Status{}, fmt.Errorf("read status %s: %w", StatusFile(runDir), err)
	}
	return s, nil
}

// JSON returns the contents of the status file, with the characters that a terminal would obey escaped.
func (s Status) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode status: %w", err)
	}
	return append(escapeKeeping(text, '\n'), '\n'), nil
}
