package shim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/policy"
)

// patience is for how long the container's first process may take to stop for the reading, and stateLimit for how long the runtime
// to say which that is.
const (
	patience   = 5 * time.Second
	stateLimit = 10 * time.Second
)

// gate lets a created container start where the kernel holds what was decided on it, or more. It reads no policy, and no other
// command comes through it: what it refuses has ended, and can be deleted.
func (d *door) gate() error {
	id, err := d.starting()
	if err != nil {
		return refusal(ReasonCommand, err.Error())
	}
	if id == "" {
		return nil
	}
	_, err = d.startable(id)
	return err
}

// startable is the gate for a container. It returns the container's first process, 0 where the runtime names none.
func (d *door) startable(id string) (int, error) {
	state, asking := d.state(id)
	p, reading := d.promises().read(d.cmd.root, id)
	if asking != nil && errors.Is(reading, errNoPromise) || asking == nil && state.Status != specs.StateCreated {
		return state.Pid, nil // there is nothing that could be started, and the runtime says so in its own words
	}
	var err error
	switch {
	case reading != nil:
		err = refusal(ReasonLoaded, reading.Error()+": create it again, or switch verifyStart off")
	case p.Late:
	case asking != nil:
		err = d.broken(p, asking)
	default:
		if why := p.kept(state); why != nil {
			err = d.broken(p, why)
		}
	}
	d.promises().remove(d.cmd.root, id) // it is started once
	if err != nil && state.Pid > 1 {
		// Nobody is to start it by another way, and Docker 20.10 leaves alone what did not start.
		_ = unix.Kill(state.Pid, unix.SIGKILL)
	}
	return state.Pid, err
}

// starting returns the id of the container that is to be started; "" where none is. What runtimes could read in two ways is an
// error.
func (d *door) starting() (string, error) {
	if d.cmd.name == "" {
		var c command
		if _, err := c.globals(d.args); err != nil && slices.Contains(d.args, "start") {
			return "", err
		}
		return "", nil
	}
	if d.cmd.name != "start" || len(d.cmd.rest) == 0 {
		return "", nil
	}
	id := d.cmd.rest[0]
	if slices.Contains([]string{"--help", "-h", "-?", "--usage"}, id) && len(d.cmd.rest) == 1 {
		return "", nil
	}
	if len(d.cmd.rest) > 1 {
		return "", errors.New("start takes one container id and nothing else")
	}
	return id, checkID(id)
}

// state asks the runtime for the state of a container.
func (d *door) state(id string) (specs.State, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stateLimit)
	defer cancel()
	args := []string{"state", id}
	if d.cmd.root != "" {
		args = []string{"--root", d.cmd.root, "state", id}
	}
	cmd := exec.CommandContext(ctx, d.real.path, args...) //nolint:gosec // a path of the settings
	cmd.Env = d.env
	var state specs.State
	out, err := cmd.Output()
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(out)).Decode(&state)
	}
	if err != nil {
		return specs.State{}, fmt.Errorf("ask the runtime for its state: %w", err)
	}
	return state, nil
}

// kept is an error where the container's first process, which waits to be started, may do what its filter was to deny.
func (p *promise) kept(state specs.State) error {
	if p.Filter == nil {
		return nil
	}
	if state.Pid <= 1 {
		return errors.New("the runtime names no process of it")
	}
	stack, err := bpf.Fetch(state.Pid, patience)
	if err != nil {
		return err
	}
	err = bpf.Holds(stack, p.Filter)
	if err != nil && p.Own && len(stack) > 0 && p.asWritten(state.Bundle) {
		return nil // how the runtime reads what was to stay as it was is not this door's affair
	}
	return err
}

// asWritten reports whether the configuration still has the filter that was to stay as it was.
func (p *promise) asWritten(path string) bool {
	bundle, err := oci.OpenBundle(path)
	if err != nil {
		return false
	}
	defer bundle.Close()
	cfg, err := bundle.Read()
	return err == nil && cfg.Filter != nil && handoff.Digest(cfg.Filter) == handoff.Digest(p.Filter)
}

// broken refuses the start, and puts it on record; where the policy enforces nothing of the container, only that.
func (d *door) broken(p *promise, why error) error {
	r := refusal(ReasonLoaded, "its filter is not what was decided on it: "+why.Error())
	var weaker *bpf.WeakerError
	if !errors.As(why, &weaker) {
		r = refusal(ReasonLoaded, "it cannot be told whether its filter is what was decided on it: "+why.Error())
	}
	record := p.Decision
	r.Rule, r.Decision = record.Rule, policy.Decision{RuleName: record.Rule, Action: record.Action, Mode: record.Mode}
	record.Time, record.ID, record.Took = time.Now(), r.ID, time.Since(d.began)
	record.Notes = append(record.Notes, "decided as "+p.Decision.ID)
	if p.audited() {
		record.Would, record.WouldRefuse = "refuse: "+r.Message, true
		d.record(record)()
		return nil
	}
	record.Result, record.Reason, record.Message = audit.ResultRefused, r.Reason, r.Error()
	d.record(record)()
	d.onRecord = true
	return r
}
