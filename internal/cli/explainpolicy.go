package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// asked is the policy that explain asks.
type asked struct {
	// name is inForce, before, or the policy's file.
	name     string
	snap     *snapshot.Snapshot
	compiled *policy.Compiled
	// engine enforces also what is in audit mode, to show what that would do.
	engine *enforce.Engine
}

// The names of policies that are no file.
const (
	inForce = "in force"
	before  = "in force before"
)

// fromSource reports whether the flags ask about a policy file and not about what is in force here.
func (e *explainer) fromSource(cmd *cobra.Command) bool {
	return cmd.Flags().Changed("policy") || cmd.Flags().Changed("profiles") || e.node.away()
}

func (e *explainer) asked(ctx context.Context, source bool, record *audit.Record) (*asked, error) {
	if !source {
		return e.kept(record)
	}
	src, err := e.source(e.policy)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }()
	facts, err := e.node.read(ctx, e.console)
	if err != nil {
		return nil, err
	}
	snap, _, err := src.Build(build.Node{Facts: facts, Now: e.now()})
	if err != nil {
		return nil, err
	}
	return newAsked(e.policy, snap, e.now)
}

// kept returns the snapshot that made a decision, where it is still kept, and otherwise the one in force.
func (e *explainer) kept(record *audit.Record) (*asked, error) {
	store := snapshot.Open(e.stateDir)
	snap, err := store.Current()
	if snap == nil {
		return nil, err
	}
	if err != nil {
		e.say("seccompctl: warning: %v", err)
	}
	if record == nil || record.Snapshot == snap.Digest {
		return newAsked(inForce, snap, e.now)
	}
	all, err := store.List()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.Digest == record.Snapshot {
			return newAsked(before, s, e.now)
		}
	}
	e.say("the policy that decided is not kept any more: this is what the one in force says")
	return newAsked(inForce, snap, e.now)
}

func newAsked(name string, snap *snapshot.Snapshot, now func() time.Time) (*asked, error) {
	a := &asked{name: name, snap: snap}
	var err error
	if a.compiled, err = policy.Compile(snap.Policy); err != nil {
		return nil, err
	}
	a.engine, err = enforce.New(enforcing(snap), now)
	return a, err
}

// enforcing returns a snapshot that enforces all that the given one only audits.
func enforcing(s *snapshot.Snapshot) *snapshot.Snapshot {
	out, p := *s, *s.Policy
	p.Mode = policy.ModeEnforce
	p.Rules = append([]policy.Rule(nil), p.Rules...)
	for i := range p.Rules {
		p.Rules[i].Mode = ""
	}
	if p.Floor != nil {
		floor := *p.Floor
		floor.Mode = ""
		p.Floor = &floor
	}
	out.Policy = &p
	return &out
}
