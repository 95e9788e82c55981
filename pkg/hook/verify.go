package hook

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// patience is how long a process may take to stop for the reading.
const patience = time.Second

// Reasons of refusals that the hooks make themselves. They are those of the runtime door.
const (
	reasonLoaded   enforce.Reason = "loaded"
	reasonConfig   enforce.Reason = "config"
	reasonNoPolicy enforce.Reason = "no-policy"
)

// goesOn is noted with what verify finds: it does not know which runtime asks.
const goesOn = "found by the hook verify: runc does not start the container's program then, and crun has started it (seccompctl drift says what runs)"

// verify holds the filter that the kernel has loaded against the container's configuration, and that against the policy. It is an
// error where the kernel permits what the configuration denies, or where the policy would have installed another filter than the
// configuration has: then the container came in by no door. What it finds is put on record, since not every runtime shows or
// heeds it. In audit that is all.
func (d *door) verify(text []byte) error {
	var state specs.State
	if err := json.Unmarshal(text, &state); err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	if state.Pid <= 0 || state.Bundle == "" {
		return errors.New("read the state: it names no process or no bundle")
	}
	req := enforce.Request{Workload: &workload.Workload{ID: state.ID, Door: workload.DoorHook, Requested: workload.AnyRequest, Kinds: workload.AnyKind}}
	cfg, err := configOf(state.Bundle)
	if err != nil {
		return d.refused("", req, reasonConfig, err)
	}
	engine, _, err := d.engine()
	if err != nil {
		return d.refused("", req, reasonNoPolicy, err)
	}
	req = enforce.Request{Workload: cfg.Workload(oci.Origin{ID: state.ID, Bundle: state.Bundle}), Current: enforce.Current{State: enforce.CurrentNone}, Runtime: d.runtime}
	if cfg.Filter != nil {
		req.Current = enforce.Current{State: enforce.CurrentFilter, Filter: cfg.Filter}
	}
	out, note, err := decided(engine, req)
	if err == nil {
		err = loaded(state.Pid, cfg.Filter)
	}
	if err == nil {
		return nil
	}
	req.Workload.Door = workload.DoorHook
	if out.Mode == policy.ModeAudit {
		record := audit.Decided(time.Now(), engine.Snapshot(), req, out, time.Since(d.began))
		record.ID, record.Would, record.WouldRefuse = newID(), "refuse: "+err.Error(), true
		record.Notes = append(record.Notes, goesOn)
		d.record(record)
		return nil
	}
	return d.refused(engine.Snapshot(), req, reasonLoaded, err, note, goesOn)
}

// refused puts on record that a container was refused, and returns why.
func (d *door) refused(snapshot string, req enforce.Request, reason enforce.Reason, why error, notes ...string) error {
	r := &enforce.Refusal{ID: newID(), Reason: reason, Message: why.Error()}
	record := audit.Refused(time.Now(), snapshot, req, r, time.Since(d.began))
	for _, note := range notes {
		if note != "" {
			record.Notes = append(record.Notes, note)
		}
	}
	d.record(record)
	return why
}

func newID() string { return audit.HookID + strings.ToLower(rand.Text()[:10]) }

func configOf(path string) (*oci.Config, error) {
	bundle, err := oci.OpenBundle(path)
	if err != nil {
		return nil, err
	}
	defer bundle.Close()
	return bundle.Read()
}

// loaded reports whether the kernel denies a process what a filter denies.
func loaded(pid int, filter *specs.LinuxSeccomp) error {
	programs, err := bpf.Fetch(pid, patience)
	if err != nil {
		return err
	}
	return bpf.Holds(programs, filter)
}

// decided reports whether the policy leaves the configuration as it is: what went through a door does not change when it is
// decided on again. Where this hook knows less than the door did, it is a note that says so.
func decided(engine *enforce.Engine, req enforce.Request) (enforce.Outcome, string, error) {
	out, err := engine.Enforce(req)
	var refusal *enforce.Refusal
	switch {
	case errors.As(err, &refusal):
		return out, "the policy cannot be asked again here: " + refusal.Message, nil
	case err != nil:
		return out, "", err
	case out.Mode == policy.ModeAudit || out.Install == nil:
		return out, "", nil
	case req.Current.Filter == nil:
		return out, "", errors.New("the container has no filter, and the policy gives it one: it came in by no door")
	}
	return out, "", unchanged(req.Current.Filter, out.Install)
}

// unchanged is an error where the policy denies what the filter permits.
func unchanged(has, want *specs.LinuxSeccomp) error {
	native, _ := syscalls.Native(runtime.GOARCH)
	a, _, err := algebra.Read(has, algebra.Env{Native: native})
	if err != nil {
		return err
	}
	b, _, err := algebra.Read(want, algebra.Env{Native: native})
	if err != nil {
		return err
	}
	if c := algebra.Compare(a, b); len(c.Weaker) > 0 {
		return fmt.Errorf("the container has a weaker filter than the policy gives it, so it came in by no door: %s", c.Weaker[0])
	}
	return nil
}
