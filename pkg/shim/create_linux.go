package shim

import (
	"bytes"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

func (d *door) records() handoff.Dir { return handoff.Dir(d.settings.RunDir) }

// tries is how often a configuration is read again that others replace meanwhile.
const tries = 5

// create decides on a container and puts the policy's filter into its bundle.
func (d *door) create() error {
	// The process becomes another one within milliseconds: memory is collected only where there is very much of it.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(128 << 20)
	bundle, err := oci.OpenBundle(d.cmd.bundle)
	if err != nil {
		return refusal(ReasonConfig, err.Error())
	}
	defer bundle.Close()
	// The policy and the configuration are read side by side.
	ready := make(chan inForce, 1)
	go func() { ready <- d.engine() }()
	return d.settle(bundle, sync.OnceValue(func() inForce { return <-ready }))
}

// settle decides on a bundle, again where others replace its configuration meanwhile.
func (d *door) settle(bundle *oci.Bundle, ready func() inForce) error {
	var err error
	for range tries {
		cfg, reading := bundle.Read()
		in := ready()
		switch {
		case in.err != nil:
			return in.err
		case reading != nil:
			// Also in audit: which filter such a container has depends on who reads its configuration.
			return refusal(ReasonConfig, reading.Error())
		}
		if err = d.decideOn(bundle, cfg, in); !errors.Is(err, oci.ErrChanged) {
			return err
		}
	}
	return refusal(ReasonConfig, err.Error())
}

// decideOn decides on a configuration, and writes what was decided.
func (d *door) decideOn(bundle *oci.Bundle, cfg *oci.Config, in inForce) error {
	engine := in.engine
	req, given, more := d.request(cfg, engine.Policy())
	req.Runtime = in.runtime
	out, err := engine.Enforce(req)
	out.Notes = append(append(out.Notes[:len(out.Notes):len(out.Notes)], in.notes...), more...)
	if err == nil {
		err = d.check(cfg, &out, given)
	}
	if err == nil {
		want := wanted{out.Install, given, req.Current}
		out.Notes = append(out.Notes, d.unverified(cfg)...)
		decision := audit.Decided(time.Now(), engine.Snapshot(), req, out, time.Since(d.began))
		record := d.record(decision)
		if err = d.install(bundle, cfg, want); err == nil {
			err = d.promise(cfg, want, decision)
		}
		if err == nil {
			record()
			return nil
		}
	}
	if !errors.Is(err, oci.ErrChanged) {
		d.record(audit.Refused(time.Now(), engine.Snapshot(), req, err, time.Since(d.began)))()
		d.onRecord = true
	}
	return err
}

// check refuses what an outcome cannot hold for.
func (d *door) check(cfg *oci.Config, out *enforce.Outcome, given bool) error {
	name := cfg.Bypass()
	left := handoff.IsPlaceholder(cfg.Filter) && !given
	switch {
	case name != "" && out.Mode != policy.ModeAudit: // not the rule's mode: under one in audit the floor may be enforced
		return d.decided(out, ReasonBypass, "annotation "+name+" makes crun replace the container's filter: remove it")
	case left:
		return d.decided(out, ReasonRecord, "the NRI door left the decision to this one, and its record of the container is gone or does not fit: create it again")
	case name != "" && !out.Refused:
		out.Refused, out.Would = true, "refuse: annotation "+name+" makes crun replace the container's filter"
	}
	return nil
}

// decided is a refusal of the door's own about a container on which a rule decided.
func (d *door) decided(out *enforce.Outcome, reason enforce.Reason, message string) error {
	r := refusal(reason, message)
	r.Rule, r.Decision = out.Decision.RuleName, out.Decision
	return r
}

// wanted is what a container is to have: a filter, or, where that is nil, the one that it had. Given says that the one in the
// bundle is another door's, and what the container had is current.
type wanted struct {
	filter  *specs.LinuxSeccomp
	given   bool
	current enforce.Current
}

// text returns the configuration with what is wanted; nil leaves it as it is.
func (w wanted) text(cfg *oci.Config) ([]byte, error) {
	switch {
	case w.filter != nil:
		return cfg.With(w.filter)
	case !w.given || w.current.State == enforce.CurrentUnknown:
		return nil, nil
	case w.current.Filter != nil:
		return cfg.With(w.current.Filter)
	}
	return cfg.Without()
}

// install puts what is wanted into the configuration, if that still is what was read.
func (d *door) install(bundle *oci.Bundle, cfg *oci.Config, w wanted) error {
	text, err := w.text(cfg)
	if err != nil {
		return refusal(enforce.ReasonInternal, err.Error())
	}
	if text == nil || bytes.Equal(text, cfg.Text()) {
		return bundle.Unchanged()
	}
	if err = d.replace(bundle, text); err != nil && !errors.Is(err, oci.ErrChanged) {
		return refusal(ReasonConfig, err.Error())
	}
	return err
}

// request describes the container: by its bundle, and by the record of the NRI door where there is one that counts. Given says
// that the filter in the bundle is that door's.
func (d *door) request(cfg *oci.Config, p *policy.Policy) (req enforce.Request, given bool, notes []string) {
	w := cfg.Workload(d.origin(p.StrictIdentity))
	notes = cfg.Notes
	if engine, _ := w.Engine.Value(); engine == workload.EngineDocker && d.settings.DockerRoot != "" {
		if err := oci.FromDocker(d.settings.DockerRoot, w); err != nil {
			notes = append(notes, err.Error())
		}
	}
	req = enforce.Request{Workload: w, Current: enforce.Current{State: enforce.CurrentNone}}
	if cfg.Filter != nil {
		req.Current = enforce.Current{State: enforce.CurrentFilter, Filter: cfg.Filter}
	}
	r, err := d.records().Read(w.ContainerdNamespace.Or(""), w.ID)
	if err == nil {
		err = r.Check(time.Now(), w, cfg.Filter)
	}
	switch {
	case err == nil:
		req, given = r.Union(w, cfg.Filter), r.Installed != ""
		notes = append(notes, "decided on what NRI told as well")
	case !errors.Is(err, handoff.ErrNone):
		notes = append(notes, "the record of the NRI door does not count: "+err.Error())
	}
	if err != nil {
		notes = append(notes, d.ask(w)...)
	}
	return req, given, notes
}
