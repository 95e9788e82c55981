package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/internal/engineconf"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// enforceAnswer is what enforce says.
type enforceAnswer struct {
	// Done says that it was carried out; otherwise nothing was changed.
	Done bool        `json:"done"`
	Mode policy.Mode `json:"mode"`
	// Audit is what the decision log says of the policy in force; it is not looked at to undo.
	Audit      *auditReport          `json:"audit,omitempty"`
	Difference *difference.Snapshots `json:"difference,omitempty"`
	Snapshot   string                `json:"snapshot,omitempty"`
	// Containerd is nil where the policy does not rely on NRI.
	Containerd *containerdAnswer `json:"containerd,omitempty"`
	// Audited are the rules that stay in audit by a mode of their own.
	Audited []string `json:"audited,omitempty"`
}

// containerdAnswer is what happens to the configuration of containerd.
type containerdAnswer struct {
	Version string   `json:"version"`
	Files   []string `json:"files,omitempty"`
	Diff    string   `json:"diff,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	// Proven says that containerd itself reads what was written.
	Proven bool `json:"proven"`
	// Restart says that it takes effect when containerd starts the next time.
	Restart bool `json:"restart"`
	// mode is what was planned.
	mode engineconf.Mode
}

// enforcer carries out enforce.
type enforcer struct {
	*console
	decisions         string
	denials           string
	undo, yes, dryRun bool
	containerd        engineconf.Containerd
}

func newEnforce(c *console) *cobra.Command {
	e := &enforcer{console: c}
	cmd := &cobra.Command{
		Use:   "enforce",
		Short: "Leave audit: enforce the policy, and have containerd require seccompd",
		Long: "enforce looks at what the audit found, changes 'mode: audit' in the policy file to 'mode: enforce', puts the policy in\n" +
			"force, has containerd refuse containers while seccompd is not there, proves that containerd reads it so, and says what to\n" +
			"restart. Without --yes it refuses if there was no audit, or if containers would have\n" +
			"been refused or calls denied.\n\n" +
			"--undo goes back to audit. It needs neither a running daemon nor an API server.",
		Args: noFile,
		RunE: func(cmd *cobra.Command, _ []string) error {
			run := e.enforce
			if e.undo {
				run = e.goBack
			}
			a, err := run(cmd.Context())
			if a == nil {
				return err
			}
			return errors.Join(c.print(a), err)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&e.undo, "undo", false, "go back to audit, and let containerd create containers without seccompd")
	f.BoolVar(&e.yes, "yes", false, "enforce also where the audit found refusals, or where there was none")
	f.BoolVar(&e.dryRun, "dry-run", false, "print what would change, and change nothing")
	f.StringVar(&e.decisions, "decisions", defaultDecisions, "the decision log: a `file`")
	f.StringVar(&e.denials, "denials", defaultDenials, "the log of denials: a `file`")
	f.StringVar(&e.containerd.ConfigPath, "containerd-config", "/etc/containerd/config.toml", "containerd's configuration `file`")
	f.StringVar(&e.containerd.DropInDir, "containerd-drop-ins", "/etc/containerd/conf.d", "the `directory` for our part of it")
	f.StringVar(&e.containerd.Binary, "containerd", "", "the containerd `program` (looked for in the usual places)")
	return cmd
}

// enforce leaves audit. What fails on the way is taken back.
func (e *enforcer) enforce(ctx context.Context) (*enforceAnswer, error) {
	store := snapshot.Open(e.stateDir)
	current, err := e.current(store)
	if err != nil {
		return nil, err
	}
	if current == nil {
		return nil, refuse(errors.New("no policy is in force, so nothing was audited (run 'seccompctl apply', and see what it finds)"))
	}
	a := &enforceAnswer{Mode: policy.ModeEnforce}
	if a.Audit, err = readAudit(e.decisions, current); err != nil {
		return nil, err
	}
	file, snap, err := e.switched(ctx, policy.ModeEnforce)
	if err != nil {
		return nil, err
	}
	a.about(current, snap)
	change, err := e.plan(ctx, a, snap.Policy)
	if err != nil {
		return nil, err
	}
	if problems := slices.Concat(a.Audit.problems(), e.denied(current, a.Audit), e.absent(snap.Policy)); len(problems) > 0 && !e.yes {
		return a, refuse(errors.Join(problems...))
	}
	if e.dryRun {
		return a, nil
	}
	if err := e.configure(ctx, a, change); err != nil {
		return nil, err
	}
	if err := file.write(); err != nil {
		return nil, errors.Join(err, change.Revert())
	}
	if err := e.put(store, snap); err != nil {
		return nil, errors.Join(err, file.revert(), change.Revert())
	}
	a.Done, a.Snapshot = true, snap.Digest
	return a, nil
}

// goBack undoes enforce. containerd comes first: it is what keeps a node from starting its pods, and stays undone whatever
// is wrong with the policy.
func (e *enforcer) goBack(ctx context.Context) (*enforceAnswer, error) {
	a := &enforceAnswer{Mode: policy.ModeAudit}
	change, err := e.planBack(ctx, a)
	if err != nil {
		return nil, err
	}
	if !e.dryRun {
		if err := e.configure(ctx, a, change); err != nil {
			return nil, err
		}
	}
	store := snapshot.Open(e.stateDir)
	current, err := e.current(store)
	if err != nil {
		return a, err
	}
	file, snap, err := e.switched(ctx, policy.ModeAudit)
	switch {
	case current == nil && errors.Is(err, fs.ErrNotExist):
		return a, refuse(errors.New("no policy is in force, so there is nothing to go back from"))
	case err != nil && e.dryRun:
		return a, fmt.Errorf("containerd would cease to require seccompd, and the policy would stay in force as before: %w", err)
	case err != nil:
		return a, asBefore(err)
	}
	a.about(current, snap)
	if e.dryRun {
		return a, nil
	}
	if err := file.write(); err != nil {
		return a, asBefore(err)
	}
	if err := e.put(store, snap); err != nil {
		return a, asBefore(errors.Join(err, file.revert()))
	}
	a.Done, a.Snapshot = true, snap.Digest
	return a, nil
}

// asBefore says how far an undoing came.
func asBefore(err error) error {
	return fmt.Errorf("containerd does not require seccompd any more, and the policy is in force as before: %w", err)
}

// switched reads the policy, changes its mode and builds it. Nothing is written yet.
func (e *enforcer) switched(ctx context.Context, mode policy.Mode) (*policyFile, *snapshot.Snapshot, error) {
	file, snap, _, err := e.edited(ctx, func(name string, text []byte) ([]byte, error) { return withMode(name, text, mode) })
	return file, snap, err
}

// about says what changes from one policy to another.
func (a *enforceAnswer) about(current, snap *snapshot.Snapshot) {
	d := difference.Between(current, snap)
	a.Difference = &d
	if snap.Policy.Mode != policy.ModeEnforce {
		return
	}
	for i, r := range snap.Policy.Rules {
		if snap.Policy.ModeOf(i) == policy.ModeAudit {
			a.Audited = append(a.Audited, r.Name)
		}
	}
}

// absent says what of the daemon is missing where the policy relies on it: containerd would refuse every container.
func (e *enforcer) absent(p *policy.Policy) []error {
	if !slices.Contains(p.RelyOn(), workload.DoorNRI) {
		return nil
	}
	var s statusAnswer
	if err := s.daemon(e.runDir, nil, e.now()); err != nil {
		return []error{err}
	}
	switch {
	case !s.Running:
		return []error{errors.New("the daemon is not running, and containerd would create no container without it (start seccompd, or --yes)")}
	case !s.Daemon.NRI.Connected:
		return []error{errors.New("the daemon is not connected to containerd, which would create no container without it (see 'seccompctl status', or --yes)")}
	}
	return nil
}

// put puts a snapshot in force, unless the daemon was faster.
func (c *console) put(store *snapshot.Store, snap *snapshot.Snapshot) error {
	if now, _ := store.Current(); now != nil && sameSource(now, snap) && store.Held() == "" && now.Facts.Key() == snap.Facts.Key() {
		snap.Digest = now.Digest
		return nil
	}
	return store.Put(snap)
}
