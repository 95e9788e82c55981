package enforce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// meaning is what a filter answers to every call.
type meaning struct {
	algebra.Meaning
	// text is what it was read from, where nothing else has a part in it.
	text *specs.LinuxSeccomp
}

// capabilities are those to resolve a profile for.
type capabilities struct {
	set workload.Capabilities
	// any stands for whatever set there may be: the strictest reading.
	any bool
}

// meaningKey is all that the meaning of a profile of the policy depends on.
type meaningKey struct {
	ref    string
	engine workload.Attr[workload.Engine]
	caps   capabilities
}

// runs lists the ABIs that stay in filters; nil for all that a filter lists.
func (e *Engine) runs() []specs.Arch {
	switch {
	case !e.normalises() || e.snap.Policy.Architectures == policy.ArchitecturesKeep:
		return nil
	case e.snap.Policy.Architectures == policy.ArchitecturesNative:
		return []specs.Arch{e.host.Native}
	}
	return e.host.ABIs
}

func (e *Engine) normalises() bool { return e.snap.Policy.Normalises(policy.ModeEnforce) }

// read reads a filter as its author meant it: with every name that there is, and with ENOSYS for calls that are newer than
// all that it names.
//
// ABIs that this kernel does not run are left out. Compiling a filter for an ABI costs a runtime more than all else that it does
// to create a container, and a call through one that the kernel does not run never worked: it gave ENOSYS and now kills the
// caller.
func (e *Engine) read(s *specs.LinuxSeccomp) (algebra.Meaning, error) {
	if runs := e.runs(); runs != nil {
		listed := *s
		listed.Architectures = slices.DeleteFunc(slices.Clone(s.Architectures), func(a specs.Arch) bool { return !slices.Contains(runs, a) })
		s = &listed
	}
	m, _, err := algebra.Read(s, e.reading())
	return m, err
}

func (e *Engine) reading() algebra.Env { return algebra.Env{Native: e.host.Native, Stub: true} }

// trimmed says which ABIs read leaves out of a filter, or "".
func (e *Engine) trimmed(s *specs.LinuxSeccomp) string {
	runs := e.runs()
	if s == nil || runs == nil {
		return ""
	}
	var dropped []string
	for _, a := range s.Architectures {
		if !slices.Contains(runs, a) {
			dropped = append(dropped, string(a))
		}
	}
	if len(dropped) == 0 {
		return ""
	}
	return "dropped " + strings.Join(dropped, ", ") + ": not run by this kernel, or not wanted by the policy"
}

// unconfined is what no filter means: every call of every ABI that the kernel runs is permitted. That is so whatever ABIs
// the policy leaves in filters: a container without one has them all, and keeps them until something is enforced on it.
func (e *Engine) unconfined() (algebra.Meaning, error) {
	m, _, err := algebra.Read(&specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: e.host.ABIs}, e.reading())
	return m, err
}

// meaning returns what a profile of the policy means for a workload. Where the engine computed its own default for the workload,
// that is what RuntimeDefault means: it was resolved for capabilities that not every door sees.
func (e *Engine) meaning(ref *policy.ProfileRef, req Request, caps capabilities) (meaning, error) {
	if ref.Name() == policy.TypeRuntimeDefault && e.computedDefault(req) {
		m, err := e.read(req.Current.Filter)
		if err != nil {
			return meaning{}, fmt.Errorf("the engine's default: %w", err)
		}
		return e.changed(meaning{m, req.Current.Filter}, ref)
	}
	key := meaningKey{ref: ref.Key(), caps: caps}
	if ref.Name() == policy.TypeRuntimeDefault {
		key.engine = req.Workload.Engine
	}
	if m, ok := e.meanings.get(key); ok {
		return m, nil
	}
	p, err := e.profile(ref, req)
	if err != nil {
		return meaning{}, err
	}
	m, err := e.resolved(p, caps)
	if err != nil {
		return meaning{}, err
	}
	if m, err = e.changed(m, ref); err != nil {
		return meaning{}, err
	}
	e.meanings.put(key, m)
	return m, nil
}

// computedDefault reports whether the current filter is the default that the engine computed for the workload.
func (e *Engine) computedDefault(req Request) bool {
	return req.Current.RuntimeDefault && req.Current.State == CurrentFilter && req.Current.Filter != nil
}

// profile returns what a reference names for a workload; of an inline profile the base.
func (e *Engine) profile(ref *policy.ProfileRef, req Request) (*profile.Profile, error) {
	if ref.Name() == policy.TypeRuntimeDefault {
		engine, known := req.Workload.Engine.Value()
		if req.Workload.Engine.State() == workload.StateAbsent {
			// No engine made it, and so it has no default: containerd's is the field's.
			engine, known = workload.EngineContainerd, true
		}
		if !known {
			return nil, fmt.Errorf("the engine is not known, and so neither is its default")
		}
		p := profile.RuntimeDefault(engine)
		if p == nil {
			return nil, fmt.Errorf("the default profile of %s is not known", engine)
		}
		return p, nil
	}
	p, ok := e.snap.Profiles[ref.BaseKey()]
	if !ok {
		return nil, fmt.Errorf("the snapshot does not hold it: run 'seccompctl apply'")
	}
	return p, nil
}

// resolved returns what a profile means for capabilities. For any capabilities it is the strictest that it means for some.
func (e *Engine) resolved(p *profile.Profile, caps capabilities) (meaning, error) {
	sets := []workload.Capabilities{caps.set}
	if caps.any {
		var err error
		if sets, err = p.Readings(); err != nil {
			return meaning{}, err
		}
	}
	var out meaning
	for i, set := range sets {
		s, err := p.Resolve(profile.Target{Facts: e.host, Capabilities: set})
		if err != nil {
			return meaning{}, err
		}
		if s == nil || s.DefaultAction == "" {
			return meaning{}, fmt.Errorf("it resolves to no filter")
		}
		if err := profile.Validate(s, nil); err != nil {
			return meaning{}, err
		}
		m, err := e.read(s)
		if err != nil {
			return meaning{}, err
		}
		if i == 0 {
			out = meaning{m, s}
			continue
		}
		if out.Meaning, err = algebra.Meet(out.Meaning, m); err != nil {
			return meaning{}, err
		}
		out.text = nil
	}
	return out, nil
}

// changed returns a base with what an inline profile allows and denies. What is in both lists is denied.
func (e *Engine) changed(base meaning, ref *policy.ProfileRef) (meaning, error) {
	if !ref.Inline() {
		return base, nil
	}
	out := meaning{Meaning: base.Meaning}
	for _, change := range []struct {
		calls []policy.Call
		apply func(m, calls algebra.Meaning) (algebra.Meaning, error)
	}{{ref.Allow, algebra.Open}, {ref.Deny, algebra.Deny}} {
		if len(change.calls) == 0 {
			continue
		}
		calls, err := e.region(policy.CallsKey(change.calls))
		if err != nil {
			return meaning{}, err
		}
		if out.Meaning, err = change.apply(out.Meaning, calls); err != nil {
			return meaning{}, err
		}
	}
	return out, nil
}

// region returns a filter that denies the calls of a list, by the key of it, and allows all others.
func (e *Engine) region(key string) (algebra.Meaning, error) {
	m, ok := e.regions[key]
	if !ok {
		return algebra.Meaning{}, fmt.Errorf("the snapshot does not hold what its calls mean: run 'seccompctl apply'")
	}
	return m, nil
}
