package coverage

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/seccompd/seccompd/internal/doorconf"
	"github.com/seccompd/seccompd/pkg/audit"
)

// RuntimeDoor is what the runtime door of a machine is set up to do.
type RuntimeDoor struct {
	// Settings is the file of its settings, and Error why that cannot be read: then it creates nothing.
	Settings string `json:"settings"`
	Error    string `json:"error,omitempty"`
	// VerifyStart and ContainerdLookup are such settings; the latter is "" where containerd is not asked.
	VerifyStart      bool   `json:"verifyStart"`
	ContainerdLookup string `json:"containerdLookup,omitempty"`
	// Answered says whether a daemon decides in its place, which is quicker and decides nothing else. How is how that is known,
	// and Close what makes it Yes, where it need not be so.
	Answered State  `json:"answered"`
	How      string `json:"how"`
	Close    string `json:"close,omitempty"`
}

// RuntimeDoor looks at the runtime door's settings, and at whether a daemon answers it; nil where that door is not installed.
// runDir is the run directory in which a daemon is looked for that does not listen where the settings say.
func (n Node) RuntimeDoor(runDir string, now time.Time) *RuntimeDoor {
	if n.missing() != "" {
		return nil
	}
	d := &RuntimeDoor{Settings: doorconf.File, Answered: Unknown}
	s, err := doorconf.Load(filepath.Join(n.Root, doorconf.File), "", false)
	if err != nil {
		d.Error, d.How = err.Error(), "its settings cannot be read"
		return d
	}
	d.VerifyStart = s.VerifyStart
	if s.ContainerdLookup > 0 {
		d.ContainerdLookup = s.ContainerdLookup.String()
	}
	d.answered(n, s, runDir, now)
	return d
}

// answered finds out whether a daemon decides in the door's place.
func (d *RuntimeDoor) answered(n Node, s doorconf.Settings, runDir string, now time.Time) {
	socket := filepath.Join(n.Root, s.RunDir, doorconf.Socket)
	listens, err := listening(socket)
	said, at := spoken(filepath.Join(n.Root, s.RunDir), now), s.RunDir
	if said == nil {
		said, at = spoken(filepath.Join(n.Root, runDir), now), runDir
	}
	d.Answered = No
	switch {
	case s.VerifyStart || s.ContainerdLookup > 0:
		d.How = "the door decides itself: verifyStart and containerdLookup ask for more than a daemon does in its place"
	case n.goAlone():
		d.How, d.Close = "the door was built without its part in C, and asks nobody", "install a release, or one that is built where a C compiler is"
	case err != nil:
		d.Answered, d.How = Unknown, err.Error()
	case said != nil && at != s.RunDir:
		d.How = fmt.Sprintf("the daemon's run directory is %s, and the settings name %s", at, s.RunDir)
		d.Close = fmt.Sprintf("name %s as runDir in %s", at, d.Settings)
	case !listens && said != nil && said.Error != "":
		d.How = "the daemon cannot listen for it: " + said.Error
	case !listens:
		d.How, d.Close = "no daemon listens at "+socket, "systemctl enable --now seccompd"
	case said == nil:
		d.Answered, d.How = Unknown, "something listens at "+socket+", and says nothing of itself"
	default:
		d.told(s, said)
	}
}

// told is what the daemon says of the doors that ask it.
func (d *RuntimeDoor) told(s doorconf.Settings, said *audit.RuntimeDoors) {
	var others []string
	for _, dir := range []struct{ key, door, daemon string }{{"stateDir", s.StateDir, said.StateDir}, {"runDir", s.RunDir, said.RunDir}, {"decisions", s.Decisions, said.Decisions}} {
		if dir.door != dir.daemon {
			others = append(others, fmt.Sprintf("%s %q and not %q", dir.key, dir.daemon, dir.door))
		}
	}
	since := fmt.Sprintf("since it was started it decided on %d of its containers, and left %d to it", said.Done, said.Left)
	if said.Left > 0 {
		since += ", the last since " + said.Why
	}
	switch {
	case len(others) > 0:
		d.How = "the door decides itself: the daemon has other directories than its settings name: " + strings.Join(others, ", ")
		d.Close = "name the same ones in " + d.Settings + " and on the daemon's command line"
	case said.Done == 0 && said.Left > 0:
		d.How = since
	default:
		d.Answered, d.How = Yes, since
	}
}

// spoken is what a living daemon last said of runtime doors in a run directory; nil where there is none.
func spoken(runDir string, now time.Time) *audit.RuntimeDoors {
	s, err := audit.ReadStatus(runDir)
	if err != nil || !s.Living(now) {
		return nil
	}
	return s.RuntimeDoors
}

// listening reports whether a process listens at a socket. It is told nothing, and counts nobody who asks nothing.
func listening(path string) (bool, error) {
	c, err := (&net.Dialer{Timeout: time.Second}).Dial("unixpacket", path)
	switch {
	case err == nil:
		return true, c.Close()
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return false, fmt.Errorf("look who listens: %w", err)
}

// goAlone reports whether the door was built without C, as its part is that asks a daemon. What cannot be told is no.
func (n Node) goAlone() bool {
	for _, name := range []string{"runc", "crun"} {
		built, err := buildinfo.ReadFile(filepath.Join(n.Root, n.Shims, name))
		if err != nil {
			continue
		}
		for _, s := range built.Settings {
			if s.Key == "CGO_ENABLED" {
				return s.Value == "0"
			}
		}
	}
	return false
}
