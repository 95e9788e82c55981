package shim

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// inForce is what decides, and what is to be noted about it; or why nothing does.
type inForce struct {
	engine *enforce.Engine
	// runtime names the real runtime to it: by its path where the policy was compiled without it.
	runtime string
	notes   []string
	err     error
}

// engine makes what decides by the policy in force.
func (d *door) engine() inForce {
	snap, notes, err := d.snapshot()
	if err != nil {
		return inForce{err: err}
	}
	if why := d.changed(snap); why != "" {
		if d.again(snap, why) {
			if snap, notes, err = d.snapshot(); err != nil {
				return inForce{err: err}
			}
		}
		if why = d.changed(snap); why != "" {
			notes = append(notes, "the policy was compiled for another host: "+why)
		}
	}
	var kept enforce.Memory
	build := program()
	if build != "" {
		kept = memory(filepath.Join(d.settings.RunDir, "results"))
	}
	engine, err := enforce.NewRemembering(snap, time.Now, kept, build)
	if err != nil {
		return inForce{err: refusal(ReasonNoPolicy, fmt.Sprintf("the policy in force cannot be used: %v", err))}
	}
	return inForce{engine: engine, runtime: d.runtimeName(snap), notes: notes}
}

// runtimeName is what the facts of a snapshot call the real runtime: its path where they do not have it.
func (d *door) runtimeName(snap *snapshot.Snapshot) string {
	if slices.ContainsFunc(snap.Facts.Runtimes, func(rt host.Runtime) bool { return d.real.is(rt.Path) }) {
		return d.real.name
	}
	return d.real.path
}

// snapshot reads the policy in force. Where the newest is damaged it is the one before; where there is none, nothing is
// created.
func (d *door) snapshot() (*snapshot.Snapshot, []string, error) {
	snap, err := snapshot.Open(d.settings.StateDir).Current()
	if snap == nil {
		return nil, nil, refusal(ReasonNoPolicy, err.Error())
	}
	if err != nil {
		return snap, []string{err.Error()}, nil
	}
	return snap, nil, nil
}

// restore lets a checkpoint be restored where the policy enforces nothing.
func (d *door) restore() error {
	snap, _, err := d.snapshot()
	if err != nil {
		return err
	}
	if enforces(snap.Policy) {
		return refusal(ReasonRestore, "a checkpoint brings a filter of its own, on which no policy decided: start the container anew")
	}
	return nil
}

// enforces reports whether any part of a policy is in enforce mode.
func enforces(p *policy.Policy) bool {
	if p.FloorMode() == policy.ModeEnforce && p.Floor != nil || p.ModeOf(-1) == policy.ModeEnforce {
		return true
	}
	for i := range p.Rules {
		if p.ModeOf(i) == policy.ModeEnforce {
			return true
		}
	}
	return false
}
