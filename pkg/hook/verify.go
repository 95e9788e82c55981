package hook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// patience is how long a process may take to stop for the reading.
const patience = time.Second

// verify holds the filter that the kernel has loaded against the container's configuration, and that against the policy. It is an
// error where the kernel permits what the configuration denies, or where the policy would have installed another filter than the
// configuration has: then the container came in by no door.
func (d *door) verify(text []byte, stderr io.Writer) error {
	var state specs.State
	if err := json.Unmarshal(text, &state); err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	if state.Pid <= 0 || state.Bundle == "" {
		return errors.New("read the state: it names no process or no bundle")
	}
	cfg, err := configOf(state.Bundle)
	if err != nil {
		return err
	}
	if note, err := d.decided(cfg, state.ID, state.Bundle); err != nil {
		return err
	} else if note != "" {
		say(stderr, errors.New(note))
	}
	programs, err := bpf.Fetch(state.Pid, patience)
	if err != nil {
		return err
	}
	return bpf.Holds(programs, cfg.Filter)
}

func configOf(path string) (*oci.Config, error) {
	bundle, err := oci.OpenBundle(path)
	if err != nil {
		return nil, err
	}
	defer bundle.Close()
	return bundle.Read()
}

// decided reports whether the policy leaves the configuration as it is: what went through a door does not change when it is
// decided on again. Where this hook knows less than the door did, it is a note that says so.
func (d *door) decided(cfg *oci.Config, id, path string) (string, error) {
	engine, _, err := d.engine()
	if err != nil {
		return "", err
	}
	req := enforce.Request{Workload: cfg.Workload(oci.Origin{ID: id, Bundle: path}), Current: enforce.Current{State: enforce.CurrentNone}, Runtime: d.runtime}
	if cfg.Filter != nil {
		req.Current = enforce.Current{State: enforce.CurrentFilter, Filter: cfg.Filter}
	}
	out, err := engine.Enforce(req)
	var refusal *enforce.Refusal
	switch {
	case errors.As(err, &refusal):
		return "the policy cannot be asked again here: " + refusal.Message, nil
	case err != nil:
		return "", err
	case out.Mode == policy.ModeAudit || out.Install == nil:
		return "", nil
	case cfg.Filter == nil:
		return "", errors.New("the container has no filter, and the policy gives it one: it came in by no door")
	}
	return "", unchanged(cfg.Filter, out.Install)
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
