// Package build makes a snapshot from its source: it reads the policy and the profiles, checks them together for one host, and loses nothing of what is wrong.
//
//	src, err := build.Read("/etc/seccompd/policy.yaml", []string{"/etc/seccompd/profiles"})
//	snap, findings, err := src.Build(build.Node{Facts: facts, Now: time.Now()})
package build

import (
	"errors"
	"time"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// Node is what a policy is checked for.
type Node struct {
	Facts host.Facts
	// Platforms are the engines on the node; empty means every engine in its newest version.
	Platforms []policy.Platform
	Now       time.Time
	// AuditPanics says that the kernel stops the machine where it cannot queue an audit record.
	AuditPanics bool
}

// Build makes the snapshot of a source for a node. Where something is wrong the error joins everything that is, one line
// each with file, line and column, and there is no snapshot. The findings are warnings, in the order of the source.
func (s *Source) Build(n Node) (*snapshot.Snapshot, []policy.Finding, error) {
	p, err := policyfile.Parse(s.policy.Name, s.policy.Data)
	if err != nil {
		return nil, nil, err
	}
	l := loader{store: s.profiles, node: n, policy: p, profiles: map[string]*profile.Profile{}, calls: map[string]*profile.Profile{}, left: map[string]bool{}}
	l.findings = p.Check(policy.Node{Now: n.Now, Platforms: n.Platforms, AsksContainerd: n.Facts.AsksContainerd, LooksUpDocker: n.Facts.LooksUpDocker})
	if len(only(l.findings, policy.SeverityError)) == 0 {
		l.lists()
	}
	for _, ref := range p.Profiles() {
		l.load(ref)
	}
	l.findings = append(l.findings, logDenials(p, n)...)
	var snap *snapshot.Snapshot
	if len(only(l.findings, policy.SeverityError)) == 0 {
		snap = &snapshot.Snapshot{Created: n.Now.UTC(), Policy: p, Profiles: l.profiles, Calls: l.calls, Facts: n.Facts, Sources: s.texts()}
		l.try(snap)
	}
	warnings, err := only(l.findings, policy.SeverityWarning), asError(only(l.findings, policy.SeverityError))
	if err != nil {
		return nil, warnings, err
	}
	return snap, warnings, nil
}

func only(list []policy.Finding, s policy.Severity) []policy.Finding {
	var out []policy.Finding
	for _, f := range list {
		if f.Severity == s {
			out = append(out, f)
		}
	}
	return out
}

func asError(list []policy.Finding) error {
	errs := make([]error, len(list))
	for i, f := range list {
		errs[i] = f
	}
	return errors.Join(errs...)
}

// texts lists the source as a snapshot keeps it: the policy first.
func (s *Source) texts() []snapshot.Source {
	out := []snapshot.Source{s.policy}
	for _, f := range s.profiles.Files() {
		out = append(out, snapshot.Source{Name: f.Name, Path: f.Path, Data: f.Data})
	}
	return out
}

// files is the inverse of texts for the profiles.
func files(sources []snapshot.Source) []profilefile.File {
	out := make([]profilefile.File, len(sources))
	for i, s := range sources {
		out[i] = profilefile.File{Name: s.Name, Path: s.Path, Data: s.Data}
	}
	return out
}
