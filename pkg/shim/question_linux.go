package shim

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// QuestionSocket is the name, in the run directory, of the socket on which the early part of the door asks the daemon to
// decide (SOCK_SEQPACKET, root's alone), and Done the answer after which the container is created. After any other, and
// without one, the door decides itself.
const (
	QuestionSocket = "runtime.sock"
	Done           = "done"
)

// MaxQuestion is the size of the largest question, in bytes.
const MaxQuestion = 48 << 10

// questionVersion comes first in a question.
const questionVersion = "seccompd-runtime 1"

// Question is a container to be created, as early/early.c asks about it.
type Question struct {
	called, bundle string
	settings       Settings
	env, args      []string
}

// ParseQuestion reads a question: strings that end with a NUL each. They are the version, the name that the door is called
// by, the path and the text of its settings, the bundle, the environment and an empty string, and the arguments.
func ParseQuestion(text []byte) (*Question, error) {
	text, whole := bytes.CutSuffix(text, []byte{0})
	fields := strings.Split(string(text), "\x00")
	if !whole || fields[0] != questionVersion || len(fields) < 6 {
		return nil, errors.New("read question: it is of another version, or not whole")
	}
	settings, err := parseSettings(fields[2], []byte(fields[3]))
	if err != nil {
		return nil, err
	}
	end := slices.Index(fields[5:], "")
	if end < 0 {
		return nil, errors.New("read question: it is not whole")
	}
	return &Question{called: fields[1], settings: settings, bundle: fields[4], env: fields[5 : 5+end], args: fields[6+end:]}, nil
}

// Answerer decides in the place of a door, in a process that has the policy at hand.
type Answerer struct {
	// StateDir, RunDir and Decisions are this process's. A door with other settings decides itself.
	StateDir, RunDir, Decisions string
	// Engine returns what decides and the snapshot that it was made of; nil where nothing does.
	Engine func() (*enforce.Engine, *snapshot.Snapshot)
	// Record is given each decision.
	Record func(audit.Record)

	fresh fresh
}

// fresh remembers which snapshot a store held when it was last looked at, by what costs next to nothing to ask.
type fresh struct {
	mu     sync.Mutex
	stamp  snapshot.Stamp
	digest string
}

// is reports whether the snapshot in force is the one with the digest. Somebody may have just put another in force.
func (f *fresh) is(store *snapshot.Store, digest string) bool {
	stamp, err := store.Stamp()
	if err != nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !stamp.Equal(f.stamp) {
		snap, err := store.Current()
		if err != nil {
			return false
		}
		f.stamp, f.digest = stamp, snap.Digest
	}
	return f.digest == digest
}

// Answer decides on the container of a question, whose bundle is an open directory that it closes. Nil says that the bundle
// has the filter that the policy wants for it, and that this was recorded. On an error nothing was decided: the door, in
// whose place this was, decides, and refuses where that is the decision.
func (a *Answerer) Answer(q *Question, dir int) error {
	bundle, err := oci.BundleAt(dir, q.bundle)
	if err != nil {
		return err
	}
	defer bundle.Close()
	d := &door{args: q.args, env: q.env, began: time.Now(), settings: q.settings, record: a.record}
	if d.cmd, err = parse(q.args); err != nil {
		return err
	}
	if d.real, err = d.settings.runtime(q.called); err != nil {
		return err
	}
	engine, snap := a.Engine()
	if why := a.unfit(d, q, snap); why != "" {
		return errors.New("this is the door's to decide: " + why)
	}
	in := inForce{engine: engine, runtime: d.runtimeName(snap)}
	return d.settle(bundle, func() inForce { return in })
}

// unfit says why what decides here may not be what would decide in the door; "" where it is.
func (a *Answerer) unfit(d *door, q *Question, snap *snapshot.Snapshot) string {
	s := &d.settings
	switch {
	case d.cmd.name != "create" && d.cmd.name != "run":
		return "nothing is created"
	case d.cmd.bundle != q.bundle:
		return "another bundle came with the question"
	case s.StateDir != a.StateDir || s.RunDir != a.RunDir || *s.Decisions != a.Decisions:
		return "its settings name other directories"
	case s.VerifyStart || s.ContainerdLookup != "":
		return "its settings ask for more than the daemon does in its place"
	case snap == nil || !a.fresh.is(snapshot.Open(a.StateDir), snap.Digest):
		return "another snapshot is in force"
	}
	return d.changed(snap)
}

// record records a decision. A refusal is the door's to make and to record.
func (a *Answerer) record(r audit.Record) recording {
	return func() {
		if r.Result != audit.ResultRefused {
			a.Record(r)
		}
	}
}
