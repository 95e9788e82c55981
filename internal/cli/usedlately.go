package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
)

// lately is how far back the history is looked at, and callersShown how many callers a table has.
const (
	lately       = 7 * 24 * time.Hour
	callersShown = 16
)

// usage is who made a call lately, as far as a filter logged or denied it.
type usage struct {
	Since time.Time `json:"since"`
	// By are the callers, the last first.
	By []caller `json:"by"`
	// Unknown says that the history could not be read.
	Unknown bool `json:"unknown,omitempty"`
	// Notes say what is not on record.
	Notes []string `json:"notes,omitempty"`
}

// caller is a container, by the name that all its instances have, and a call.
type caller struct {
	Container string    `json:"container"`
	Call      string    `json:"call"`
	Last      time.Time `json:"last"`
	Count     uint64    `json:"count"`
	// Denied is how many of them were denied; the others were made.
	Denied uint64 `json:"denied"`
}

// usedLately reads the history of denials for a call. That there is none, or that it cannot be read, is a note: what is asked for
// does not depend on it.
func (c *console) usedLately(file string, call policy.Call, facts host.Facts) usage {
	u := usage{Since: c.now().Add(-lately).UTC().Truncate(time.Second), By: []caller{}}
	names, err := callNames(call, facts)
	if err == nil {
		err = u.read(file, names)
	}
	u.Unknown = err != nil
	switch {
	case errors.Is(err, fs.ErrNotExist):
		u.Notes = append(u.Notes, "who used it lately is not known: there is no "+file)
	case err != nil:
		u.Notes = append(u.Notes, "who used it lately is not known: "+err.Error())
	case len(call.Args) > 0 && len(u.By) > 0:
		u.Notes = append(u.Notes, "records have no arguments of calls: those that used "+strings.Join(call.Names, ", ")+" may have used it in another way")
	}
	return u
}

func (u *usage) read(file string, names map[string]bool) error {
	type key struct{ container, call string }
	sums := map[key]*caller{}
	err := denial.Read(file, denial.Query{Since: u.Since}, func(d denial.Denial) {
		if !names[d.Syscall] {
			return
		}
		k := key{containerName(d), callName(d)}
		one, ok := sums[k]
		if !ok { // the newest come first
			one = &caller{Container: k.container, Call: k.call, Last: d.Time.UTC()}
			sums[k] = one
		}
		one.Count += d.Count
		if d.Action != specs.ActLog {
			one.Denied += d.Count
		}
	})
	for _, one := range sums {
		u.By = append(u.By, *one)
	}
	slices.SortFunc(u.By, func(a, b caller) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Container, b.Container), cmp.Compare(a.Call, b.Call))
	})
	return err
}

// callNames are the names of the system calls that an entry denies, or denies some uses of.
func callNames(call policy.Call, facts host.Facts) (map[string]bool, error) {
	f, err := callFilter(call, facts)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, rule := range f.Syscalls {
		for _, name := range rule.Names {
			names[name] = true
		}
	}
	return names, nil
}

func (u *usage) table(t *table) {
	since := u.Since.Format(time.RFC3339)
	switch {
	case len(u.By) > 0:
		t.line("used since %s, as far as a filter logged or denied it:", since)
	case !u.Unknown:
		t.line("used since %s: by nobody that a filter logged or denied it to", since)
	}
	for i, one := range u.By {
		if i == callersShown {
			t.row(fmt.Sprintf("  and %d more", len(u.By)-i))
			break
		}
		t.row("  "+one.Container, one.Call, fmt.Sprintf("%s, %d denied", plural(int(one.Count), "time"), one.Denied), "last "+one.Last.Format(time.RFC3339))
	}
	t.end()
	for _, n := range u.Notes {
		t.line("note: %s", quoted(n))
	}
}
