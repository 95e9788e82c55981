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
func (e *enforcer) plan(ctx context.Context, a *enforceAnswer, p *policy.Policy) (*engineconf.Change, error) {
	if !slices.Contains(p.RelyOn(), workload.DoorNRI) {
		return &engineconf.Change{}, nil
	}
	if !e.located() {
		return nil, fmt.Errorf("containerd is in none of %s (--containerd names it)", strings.Join(containerdPlaces, ", "))
	}
	version, err := e.containerd.Version(ctx)
	if err != nil {
		return nil, err
	}
	return e.planned(a, version, engineconf.Enforce)
}

// planBack plans to have containerd require seccompd no longer. There is something to take out where our file is there, and only
// then: a node may have a containerd that never was told of us, as Docker's.
func (e *enforcer) planBack(ctx context.Context, a *enforceAnswer) (*engineconf.Change, error) {
	if !e.located() {
		return &engineconf.Change{}, nil // without containerd nothing requires us
	}
	version, err := e.containerd.Version(ctx)
	old := errors.Is(err, engineconf.ErrTooOld)
	switch {
	case !e.containerd.Installed() && err != nil:
		return &engineconf.Change{}, nil
	case !e.containerd.Installed():
		return &engineconf.Change{}, e.required(ctx)
	case err != nil && !old:
		return nil, err
	case old:
		return e.planned(a, version, engineconf.Off) // it takes no plugin, and what it reads cannot be asked in the same words
	}
	return e.planned(a, version, engineconf.Audit)
}

// required is the error where a file that is not ours has containerd require seccompd. A containerd that does not say what it reads
// does not start either: the policy can go back all the same.
func (e *enforcer) required(ctx context.Context) error {
	state, err := e.containerd.Check(ctx)
	if err != nil {
		return nil
	}
	return state.Prove(engineconf.Off)
}

func (e *enforcer) planned(a *enforceAnswer, version string, mode engineconf.Mode) (*engineconf.Change, error) {
	change, err := e.containerd.Plan(mode)
	if err != nil {
		return nil, err
	}
	a.Containerd = &containerdAnswer{
		Version: version, Files: change.Paths(), Diff: change.Diff(), Notes: change.Notes, Restart: !change.Empty(), mode: mode,
	}
	return change, nil
}

// located finds the containerd program, where it is not named.
func (e *enforcer) located() bool {
	if e.containerd.Binary != "" {
		return true
	}
	i := slices.IndexFunc(containerdPlaces, func(path string) bool {
		st, err := os.Stat(path)
		return err == nil && st.Mode().IsRegular()
	})
	if i >= 0 {
		e.containerd.Binary = containerdPlaces[i]
	}
	return i >= 0
}

// configure makes the change and has containerd say what it reads. Where that is not what was wanted, it takes the change back.
func (e *enforcer) configure(ctx context.Context, a *enforceAnswer, change *engineconf.Change) error {
	if a.Containerd == nil {
		return nil
	}
	if err := change.Apply(); err != nil {
		return err
	}
	if a.Containerd.mode == engineconf.Off {
		return nil
	}
	state, err := e.containerd.Check(ctx)
	if err == nil && a.Containerd.mode == engineconf.Audit {
		err = state.Prove(engineconf.Off) // that it requires nothing: whether it lets us in does not matter here
	} else if err == nil {
		err = state.Prove(a.Containerd.mode)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("containerd does not read its configuration as it was written, so it was taken back: %w", err), change.Revert())
	}
	a.Containerd.Proven = true
	return nil
}
