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

// ErrNeedsAlgebra is matched by errors about profiles whose combination needs more than names: conditions on arguments,
// packs, and calls that other calls carry.
var ErrNeedsAlgebra = errors.New("this needs the algebra of filters, which is not built yet")

// Call is what an inline profile allows or denies: names, globs of names ("io_uring_*") or groups ("@clock"), and
// conditions on arguments.
type Call struct {
	Names []string                `json:"names"`
	Args  []specs.LinuxSeccompArg `json:"args,omitempty"`
}

// Overlay returns base with some calls allowed and some denied, whatever their arguments. An allowed call has exactly one
// rule in the result, for all capabilities and hosts. A denied one returns ENOSYS where user space falls back on nothing
// else and EPERM otherwise, unless base denies it more strictly. Nothing may be both.
//
// A name that no table has is an error if it is near one, and a finding of the result if not; a glob must match something.
// Conditions and packs, and a call that is denied while its multiplexer (socketcall, ipc) is not, match ErrNeedsAlgebra.
func Overlay(base *Profile, allow, deny []Call) (*Profile, error) {
	if base.Base != "" {
		return nil, fmt.Errorf("overlay profile %q: its base %q has not been joined to it", base.Name, base.Base)
	}
	o := &overlay{p: base.Clone()}
	o.p.Dialect, o.p.Findings = Inline, nil
	allowed, err := o.names(allow)
	if err != nil {
		return nil, fmt.Errorf("overlay profile %q: allow: %w", base.Name, err)
	}
	denied, err := o.names(deny)
	if err != nil {
		return nil, fmt.Errorf("overlay profile %q: deny: %w", base.Name, err)
	}
	for _, name := range denied {
		if slices.Contains(allowed, name) {
			return nil, fmt.Errorf("overlay profile %q: %s is both allowed and denied", base.Name, name)
		}
	}
	o.allow(allowed)
	o.deny(denied)
	if err := o.multiplexed(denied); err != nil {
		return nil, fmt.Errorf("overlay profile %q: deny: %w", base.Name, err)
	}
	return o.p, nil
}

type overlay struct{ p *Profile }

// names expands calls to names, sorted and each once.
func (o *overlay) names(calls []Call) ([]string, error) {
	var out []string
	for _, c := range calls {
		if len(c.Args) > 0 {
			return nil, fmt.Errorf("%s with conditions on arguments: %w", strings.Join(c.Names, ", "), ErrNeedsAlgebra)
		}
		if len(c.Names) == 0 {
			return nil, errors.New("an entry names no system call")
		}
		for _, name := range c.Names {
			found, err := o.expand(name)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (o *overlay) expand(name string) ([]string, error) {
	if strings.HasPrefix(name, "pack:") {
		return nil, fmt.Errorf("%q: %w", name, ErrNeedsAlgebra)
	}
	found, finding, err := ExpandName(name)
	if finding != nil {
		o.p.Findings = append(o.p.Findings, *finding)
	}
	return found, err
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
