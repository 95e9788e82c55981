package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/audit"
)

// errNo ends a verb whose answer on stdout is no and says it all.
var errNo = errors.New("no")

// refused is an error that is an answer: what was asked for is not done, for a reason that lies in what was given.
type refused struct{ err error }

func (r *refused) Error() string { return r.err.Error() }
func (r *refused) Unwrap() error { return r.err }

// refuse returns an error for which the program exits with 1.
func refuse(err error) error { return &refused{err} }

// usageError is a wrong command line.
type usageError struct {
	message string
	hint    string
}

func (u *usageError) Error() string { return u.message }

// fail writes what went wrong, one line for each error, and returns the exit code.
func (c *console) fail(cmd *cobra.Command, err error) int {
	if errors.Is(err, errNo) {
		return exitNo
	}
	var ended *commandEnded
	if errors.As(err, &ended) {
		return ended.code
	}
	prefix := "seccompctl: "
	if cmd != nil && cmd.HasParent() {
		prefix += verb(cmd) + ": "
	}
	for _, line := range lines(err) {
		line = audit.Quote(line, 8*maxText)
		_, _ = fmt.Fprintln(c.err, prefix+line+hint(cmd, err))
	}
	var r *refused
	var notStarted *startError
	switch {
	case errors.As(err, &notStarted):
		return notStarted.code
	case cmd != nil && cmd.Annotations[exitKey] != "":
		return exitTry
	case errors.As(err, &r):
		return exitNo
	}
	return exitError
}

// verb is the command without the program's name.
func verb(cmd *cobra.Command) string {
	_, v, _ := strings.Cut(cmd.CommandPath(), " ")
	return v
}

// hint is what to do about an error that does not say so itself.
func hint(cmd *cobra.Command, err error) string {
	var usage *usageError
	switch {
	case errors.As(err, &usage) && usage.hint != "":
		return " (" + usage.hint + ")"
	case errors.As(err, &usage) && cmd != nil:
		return " (see '" + cmd.CommandPath() + " --help')"
	case errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0:
		return " (run it as root)"
	case noPolicyYet(err):
		return " (install.sh writes a first one, and --policy FILE names another)"
	}
	return ""
}

// noPolicyYet reports whether an error is that the policy of an installed node is not there.
func noPolicyYet(err error) bool {
	var file *fs.PathError
	return errors.As(err, &file) && file.Path == defaultPolicy && errors.Is(err, fs.ErrNotExist)
}

// lines takes errors that were joined apart, so that each stands on a line of its own, with what was said around them.
func lines(err error) []string {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []string{err.Error()}
	}
	parts := joined.Unwrap()
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Error()
	}
	before, after, ok := strings.Cut(err.Error(), strings.Join(texts, "\n"))
	if !ok {
		return []string{err.Error()}
	}
	var out []string
	for _, p := range parts {
		for _, l := range lines(p) {
			out = append(out, before+l+after)
		}
	}
	return out
}
