package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/lint"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
)

// linted reads what is linted.
type linted struct {
	*console
	target lint.Target
}

// file lints a profile or a policy. An error is for what could not be read at all.
func (l *linted) file(name string) (kind string, findings []lint.Finding, err error) {
	if isHeld(name) {
		return "", nil, &usageError{message: fmt.Sprintf("%s is a filter in the kernel, and lint reads what somebody wrote", name), hint: "'seccompctl show' shows it"}
	}
	data, err := l.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		findings, err := l.elsewhere(name)
		return "profile", findings, err
	}
	if err != nil {
		return "", nil, err
	}
	if name == "-" {
		name = stdinName
	}
	n, err := profilefile.Document(name, data)
	if err != nil {
		return "", lint.Errors(err), nil
	}
	if isPolicy(n) {
		findings, err := l.policyText(name, data)
		return "policy", findings, err
	}
	findings, err = l.profileText(n)
	return "profile", findings, err
}

// elsewhere lints a profile that is no file here: one of the program, or of the profile directories.
func (l *linted) elsewhere(name string) ([]lint.Finding, error) {
	p, err := l.profile(name)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(name, policy.BuiltinPrefix) || strings.HasPrefix(name, runtimeDefaultName) {
		return lint.Profile(lint.Subject{Written: p, Whole: p}, l.target)
	}
	store, err := profilefile.OpenStore(l.profiles)
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	return l.named(store, name)
}

// isPolicy tells a policy from a profile: by its kind, or by fields that only it has where that is missing or misspelt.
func isPolicy(n *document.Node) bool {
	if kind := n.Lookup("kind"); kind != nil && kind.Text == "SeccompProfile" {
		return false
	}
	return slices.ContainsFunc([]string{"mode", "rules", "floor", "doors"}, func(key string) bool { return n.Lookup(key) != nil }) ||
		n.Lookup("kind") != nil && n.Lookup("kind").Text == policy.Kind
}

// profileText lints a profile that was read.
func (l *linted) profileText(n *document.Node) ([]lint.Finding, error) {
	written, err := profile.Decode(n)
	if err != nil {
		return lint.Errors(err), nil
	}
	whole, err := l.join(written)
	if err != nil {
		return lint.Errors(err), nil
	}
	return lint.Profile(lint.Subject{Document: n, Written: written, Whole: whole}, l.target)
}

// named lints a profile of the profile directories.
func (l *linted) named(store *profilefile.Store, name string) ([]lint.Finding, error) {
	whole, err := store.Load(name)
	if err != nil {
		return nil, err
	}
	for _, f := range store.Files() {
		if f.Name != name {
			continue
		}
		n, err := profilefile.Document(f.Path, f.Data)
		if err != nil {
			return nil, err
		}
		written, err := profile.Decode(n)
		if err != nil {
			return nil, err
		}
		return lint.Profile(lint.Subject{Document: n, Written: written, Whole: whole}, l.target)
	}
	return nil, nil
}
