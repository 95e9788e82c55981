package cli

import (
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/lint"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

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

// lists lints what the floor and inline profiles of a policy deny, and what its doors cannot decide.
func (l *linted) lists(snap *snapshot.Snapshot) ([]lint.Finding, error) {
	p := snap.Policy
	out := lint.Guessed(p)
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
