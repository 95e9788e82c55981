package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// denialsAnswer is what denials says. docs/schemas/denials.json describes its JSON form.
type denialsAnswer struct {
	// Denials are summed up by container, call, action and program; the last first.
	Denials []denial.Denial `json:"denials"`
	// Complete says that nothing is known to be missing since the daemon began to read.
	Complete bool `json:"complete"`
	// Notes say what could not be seen, and what a reader has to know.
	Notes []string `json:"notes,omitempty"`
	// Reader is how the daemon's reading goes; nil where it has not read since the machine started.
	Reader *denial.Status `json:"reader"`
	// unread is why there is no Reader.
	unread error
	Since  time.Time `json:"since,omitzero"`
	// Suggestions are what would allow the calls of each container.
	Suggestions []suggested `json:"suggestions,omitempty"`
}

// read reads and sums up what is on record.
func (d *denialsFlags) read(q denial.Query) (*denialsAnswer, error) {
	a := &denialsAnswer{Denials: []denial.Denial{}, Since: q.Since}
	type key struct {
		container, call, arch, action, comm, exe string
		fold                                     denial.Fold
	}
	sums := map[key]*denial.Denial{}
	err := denial.Read(d.file, q, func(one denial.Denial) {
		k := key{one.Container.ID, one.Syscall, string(one.Arch), string(one.Action), one.Comm, one.Exe, one.Folded}
		if sum, ok := sums[k]; ok {
			sum.Count += one.Count
			sum.First = one.First
			return
		}
		sums[k] = &one
	})
	status, statusErr := denial.ReadStatus(d.runDir)
	if a.unread = statusErr; statusErr == nil {
		a.Reader = &status
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && statusErr == nil:
		// Nothing was denied yet.
	case errors.Is(err, fs.ErrNotExist) && !errors.Is(statusErr, fs.ErrNotExist):
		return nil, statusErr
	case errors.Is(err, fs.ErrNotExist):
		return nil, &unreadError{d.file}
	case err != nil:
		return nil, err
	}
	for _, one := range sums {
		a.Denials = append(a.Denials, *one)
	}
	slices.SortFunc(a.Denials, func(x, y denial.Denial) int {
		return cmp.Or(y.Time.Compare(x.Time), cmp.Compare(x.Container.ID, y.Container.ID), cmp.Compare(x.Syscall, y.Syscall),
			cmp.Compare(x.Arch, y.Arch), cmp.Compare(x.Action, y.Action), cmp.Compare(x.Comm, y.Comm), cmp.Compare(x.Exe, y.Exe))
	})
	a.note(d.now())
	a.notLogged(d.stateDir)
	return a, nil
}

// note says what could not be seen.
func (a *denialsAnswer) note(now time.Time) {
	add := func(format string, args ...any) { a.Notes = append(a.Notes, fmt.Sprintf(format, args...)) }
	if len(a.Denials) > 0 {
		add("records have no arguments of calls: --trace shows them")
	}
	s := a.Reader
	if s == nil {
		if errors.Is(a.unread, fs.ErrNotExist) {
			add("the daemon does not read denials: it left no word in its run directory")
		} else {
			add("how the daemon's reading goes is not known: %v", a.unread)
		}
		return
	}
	known := len(a.Notes)
	switch {
	case !s.Alive(now):
		add("the daemon does not run: it last said something at %s, and what is denied since is not seen", s.Updated.UTC().Format(time.RFC3339))
	case !s.Reading:
		add("the daemon cannot read denials: %s", or(s.Error, "it has not begun yet"))
	}
	for _, missed := range s.Missed() {
		add("%s", missed)
	}
	a.Complete = len(a.Notes) == known
	if s.Kernel.Failure == denial.FailurePanic {
		add("audit's failure mode is panic: whoever makes the kernel log faster than it can stops this machine (auditctl -f 1)")
	}
	if s.LastError != "" {
		add("the daemon cannot write the log, and holds the counts until it can: %s", s.LastError)
	}
}

// notLogged says that the policy in force does not ask for what is looked for.
func (a *denialsAnswer) notLogged(stateDir string) {
	snap, err := snapshot.Open(stateDir).Current()
	if snap == nil {
		return // others say what is wrong with it: here it is of no consequence
	}
	if _, asked := snap.Policy.AsksForDenials(); !asked && err == nil {
		a.Notes = append(a.Notes, "the policy in force does not log calls that a filter answers with an errno: logDenials: true does")
	}
}

// unreadError is the error where nothing tells of denials: there is no log, and no daemon that reads them.
type unreadError struct{ file string }

func (e *unreadError) Error() string {
	return fmt.Sprintf("there is no %s, and no daemon has read denials since this machine started (start seccompd, or name the log with --denials)", e.file)
}
