package shim

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seccompd/seccompd/internal/doorconf"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// Done begins the answer after which the container is created; the name of the configuration that the door is to put in the
// place of the bundle's follows, if there is another. Taken is what the door says before it does that. After any other answer,
// and without one, it decides itself: nobody but the door changes what the runtime reads, however late an answer is.
const (
	Done  = "done"
	Taken = "taken"
)

// MaxQuestion is the size of the largest question, in bytes.
const MaxQuestion = 48 << 10

// questionVersion comes first in a question.
const questionVersion = "seccompd-runtime 1"

// Question is a container to be created, as early/early.c asks about it.
type Question struct {
	// Asker is the process that asks.
	Asker int32

	called, bundle string
	settings       doorconf.Settings
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
	settings, err := doorconf.Parse(fields[2], []byte(fields[3]))
	if err != nil {
		return nil, err
	}
	end := slices.Index(fields[5:], "")
	if end < 0 {
		return nil, errors.New("read question: it is not whole")
	}
	return &Question{called: fields[1], settings: settings, bundle: fields[4], env: fields[5 : 5+end], args: fields[6+end:]}, nil
}

// maxAnswered is the size of the largest configuration on which is decided in a door's place, in bytes. Each byte can take two hundred
// to read, of a process that the node does not do without.
const maxAnswered = 256 << 10

// Answerer decides in the place of a door, in a process that has the policy at hand.
type Answerer struct {
	// StateDir, RunDir and Decisions are this process's. A door with other settings decides itself.
	StateDir, RunDir, Decisions string
	// Engine returns what decides and the snapshot that it was made of; nil where nothing does.
	Engine func() (*enforce.Engine, *snapshot.Snapshot)
	// Record is given each decision that a door took. A refusal is none: the door makes it, and records it.
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

// Offer is what was decided in a door's place, until the door takes it.
type Offer struct {
	// File is the configuration that the door puts in the place of the bundle's; "" where that stays.
	File   string
	bundle *oci.Bundle
	record func()
}

// Close ends an offer. One that was taken is recorded; of another nothing is left.
func (o *Offer) Close(taken bool) {
	switch {
	case taken:
		o.record()
	case o.File != "":
		o.bundle.Discard(o.File)
	}
	o.bundle.Close()
}

// Answer decides on the container of a question, whose bundle is an open directory that it takes over. On an error nothing
// was decided: the door, in whose place this was, decides, and refuses where that is the decision.
func (a *Answerer) Answer(q *Question, dir int) (offer *Offer, err error) {
	bundle, err := oci.BundleAt(dir, q.bundle)
	if err != nil {
		return nil, err
	}
	bundle.Limit = maxAnswered
	o := &Offer{bundle: bundle}
	defer func() {
		if offer == nil { // after a panic, too
			o.Close(false)
		}
	}()
	if err := a.decide(q, o); err != nil {
		return nil, err
	}
	return o, nil
}

// decide decides as the door would that asks, and fills in the offer.
func (a *Answerer) decide(q *Question, o *Offer) (err error) {
	d := &door{args: q.args, env: q.env, began: time.Now(), settings: q.settings}
	d.record = func(r audit.Record) recording {
		return func() { o.record = func() { a.Record(r) } }
	}
	d.replace = func(b *oci.Bundle, text []byte) (err error) {
		o.File, err = b.Prepare(text)
		return err
	}
	if d.cmd, err = parse(q.args); err != nil {
		return err
	}
	if d.real, err = realRuntime(&d.settings, q.called); err != nil {
		return err
	}
	engine, snap := a.Engine()
	if why := a.unfit(d, q, snap); why != "" {
		return errors.New("this is the door's to decide: " + why)
	}
	in := inForce{engine: engine, runtime: d.runtimeName(snap)}
	return d.settle(o.bundle, func() inForce { return in })
}

// unfit says why what decides here may not be what would decide in the door; "" where it is.
func (a *Answerer) unfit(d *door, q *Question, snap *snapshot.Snapshot) string {
	s := &d.settings
	switch {
	case d.cmd.name != "create" && d.cmd.name != "run":
		return "nothing is created"
	case d.cmd.bundle != q.bundle:
		return "another bundle came with the question"
	case outdated():
		return "this program was replaced"
	case s.StateDir != a.StateDir || s.RunDir != a.RunDir || s.Decisions != a.Decisions:
		return "its settings name other directories"
	case s.VerifyStart || s.ContainerdLookup > 0:
		return "its settings ask for more than the daemon does in its place"
	case !sees(q.Asker, s.StateDir, d.real.path, s.DockerRoot):
		return "it sees other files"
	case snap == nil || !a.fresh.is(snapshot.Open(a.StateDir), snap.Digest):
		return "another snapshot is in force"
	}
	return d.changed(snap)
}
