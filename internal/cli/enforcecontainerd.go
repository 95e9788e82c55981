package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/internal/engineconf"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// containerdPlaces is where packages and release archives put containerd.
var containerdPlaces = []string{"/usr/local/bin/containerd", "/usr/bin/containerd", "/usr/local/sbin/containerd", "/usr/sbin/containerd"}

// plan plans the change of containerd's configuration; nothing is written yet. Where the policy does not rely on NRI there is
// nothing to change.
func (e *enforcer) plan(ctx context.Context, a *enforceAnswer, p *policy.Policy, mode engineconf.Mode) (*engineconf.Change, error) {
	if !slices.Contains(p.RelyOn(), workload.DoorNRI) {
		return &engineconf.Change{}, nil
	}
	if e.containerd.Binary == "" {
		i := slices.IndexFunc(containerdPlaces, func(path string) bool {
			st, err := os.Stat(path)
			return err == nil && st.Mode().IsRegular()
		})
		if i < 0 && mode != engineconf.Enforce {
			return &engineconf.Change{}, nil // without containerd nothing requires us
		}
		if i < 0 {
			return nil, fmt.Errorf("containerd is in none of %s (--containerd names it)", strings.Join(containerdPlaces, ", "))
		}
		e.containerd.Binary = containerdPlaces[i]
	}
	version, err := e.containerd.Version(ctx)
	// Too old a one requires nothing, so there is something to take out all the same.
	if err != nil && (mode == engineconf.Enforce || !errors.Is(err, engineconf.ErrTooOld)) {
		return nil, err
	}
	change, err := e.containerd.Plan(mode)
	if err != nil {
		return nil, err
	}
	a.Containerd = &containerdAnswer{
		Version: version, Files: change.Paths(), Diff: change.Diff(), Notes: change.Notes, Restart: !change.Empty(),
	}
	return change, nil
}

// configure makes the change and has containerd say what it reads. Where that is not what was wanted, it takes the change back.
func (e *enforcer) configure(ctx context.Context, a *enforceAnswer, change *engineconf.Change, mode engineconf.Mode) error {
	if a.Containerd == nil {
		return nil
	}
	if err := change.Apply(); err != nil {
		return err
	}
	state, err := e.containerd.Check(ctx)
	if err == nil {
		err = state.Prove(mode)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("containerd does not read its configuration as it was written, so it was taken back: %w", err), change.Revert())
	}
	a.Containerd.Proven = true
	return nil
}
