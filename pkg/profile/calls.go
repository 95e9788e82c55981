package profile

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// Call is an entry of a list of calls: names, globs of names ("io_uring_*") or groups ("@clock"), and conditions on arguments
// that must all hold.
type Call struct {
	Names []string                `json:"names"`
	Args  []specs.LinuxSeccompArg `json:"args,omitempty"`
}

// ExpandName returns the calls that a name in a list of calls stands for: those of a group of systemd's ("@clock"), those
// that a glob matches ("io_uring_*"), or the call itself. A name that no table has is an error if it is near one, and a
// finding if not; a glob must match something.
func ExpandName(name string) ([]string, *Finding, error) {
	group, isGroup := strings.CutPrefix(name, "@")
	switch {
	case name == "":
		return nil, nil, errors.New("the name of a system call is empty")
	case isGroup:
		return ofGroup(group)
	case strings.ContainsAny(name, `*?[\`):
		found, err := matching(name)
		return found, nil, err
	case syscalls.Known(name):
		return []string{name}, nil, nil
	}
	if near := syscalls.Suggest(name); near != "" {
		return nil, nil, fmt.Errorf("no system call is named %q (did you mean %q?)", name, near)
	}
	return []string{name}, &Finding{Message: fmt.Sprintf("no system call is known as %q: a runtime that does not know it either skips it in silence", name)}, nil
}

func ofGroup(group string) ([]string, *Finding, error) {
	if calls, ok := syscalls.Group(group); ok {
		return calls, nil, nil
	}
	hint := "known groups: @" + strings.Join(syscalls.Groups(), ", @")
	if near := document.Closest(group, syscalls.Groups()); near != "" {
		hint = fmt.Sprintf("did you mean %q?", "@"+near)
	}
	return nil, nil, fmt.Errorf("no group of system calls is named %q (%s)", "@"+group, hint)
}

// matching lists the calls of all architectures that a glob matches.
func matching(glob string) ([]string, error) {
	var out []string
	for _, arch := range syscalls.ABIs() {
		abi, _ := syscalls.Table(arch)
		for _, name := range abi.Names() {
			ok, err := path.Match(glob, name)
			if err != nil {
				return nil, fmt.Errorf("%q is not a glob: %w", glob, err)
			}
			if ok && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%q matches no system call", glob)
	}
	return out, nil
}
