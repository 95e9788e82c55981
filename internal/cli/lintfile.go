package cli

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/lint"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

// linted reads what is linted.
type linted struct {
	*console
	target lint.Target
}

// file lints a profile or a policy. An error is for what could not be read at all.
func (l *linted) file(name string) (kind string, findings []lint.Finding, err error) {
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

// policyText lints a policy and the profiles that it names.
func (l *linted) policyText(name string, data []byte) ([]lint.Finding, error) {
	src, err := build.Text(name, data, l.profiles)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }()
	snap, warnings, err := src.Build(build.Node{Facts: l.target.Facts, Now: l.now()})
	findings, err := l.withProfiles(append(lint.Errors(err), lint.Policy(warnings)...), name, data)
	if err != nil || snap == nil {
		return findings, err
	}
	more, err := l.lists(snap)
	return append(findings, more...), err
}

// withProfiles adds to what is found in a policy what is found in the profiles that it names. What both say is left as the
// profile's, but for what the policy's check says where the profile is named.
func (l *linted) withProfiles(findings []lint.Finding, name string, data []byte) ([]lint.Finding, error) {
	p, err := policyfile.Parse(name, data)
	if err != nil {
		return findings, nil //nolint:nilerr // it is among the findings
	}
	store, err := profilefile.OpenStore(l.profiles)
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	of := *l
	of.target.PlainOCI, of.target.Rewritten = false, p.Normalises(policy.ModeEnforce) // seccompd reads it
	seen := map[string]bool{}
	for _, ref := range p.Profiles() {
		name := ref.Name()
		if name == policy.TypeRuntimeDefault || strings.HasPrefix(name, policy.BuiltinPrefix) || seen[name] {
			continue
		}
		seen[name] = true
		more, err := of.named(store, name)
		if err != nil {
			continue // the policy's check has said it
		}
		for _, m := range more {
			if lint.RuleOfLoading(m.Rule) {
				continue
			}
			findings = slices.DeleteFunc(findings, func(f lint.Finding) bool { return samePlace(f, m) && f.Message == m.Message })
			findings = append(findings, m)
		}
	}
	return findings, nil
}

// lists lints what the floor and inline profiles of a policy deny.
func (l *linted) lists(snap *snapshot.Snapshot) ([]lint.Finding, error) {
	p := snap.Policy
	var out []lint.Finding
	add := func(key string, base *profile.Profile, at policy.Position) error {
		list := snap.Calls[key]
		if list == nil {
			return nil
		}
		more, err := lint.Denials(list, base, l.target, lint.Finding{File: p.File, Line: at.Line, Column: at.Column})
		out = append(out, more...)
		return err
	}
	if p.Floor != nil && len(p.Floor.Deny) > 0 {
		if err := add(p.Floor.Key(), nil, p.Floor.Source.At("deny")); err != nil {
			return nil, err
		}
	}
	for _, ref := range p.Profiles() {
		if !ref.Inline() || len(ref.Deny) == 0 {
			continue
		}
		base := snap.Profiles[ref.BaseKey()]
		if ref.Base == policy.TypeRuntimeDefault {
			base = profile.RuntimeDefault(workload.EngineKubernetes)
		}
		if err := add(policy.CallsKey(ref.Deny), base, ref.Source.At("deny")); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func samePlace(a, b lint.Finding) bool {
	return a.File == b.File && a.Line == b.Line && a.Column == b.Column
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
