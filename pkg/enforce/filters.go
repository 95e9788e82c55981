package enforce

import (
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// maxFilters bounds the cache: authors of pods choose capability sets, and there are 2^41.
const maxFilters = 256

// filter is a profile made ready for one runtime and one set of capabilities. It is shared and never changed.
type filter struct {
	seccomp *specs.LinuxSeccomp
	notes   []string
}

type filterKey struct {
	ref     string
	engine  workload.Engine
	runtime string
	caps    workload.Capabilities
	// current is the fingerprint of the current filter, where the profile was laid over that.
	current [sha256.Size]byte
}

// filters is a cache. When it is full it starts again, which costs one compilation per filter in use.
type filters struct {
	mu sync.RWMutex
	m  map[filterKey]filter
}

func (c *filters) get(k filterKey) (filter, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, ok := c.m[k]
	return f, ok
}

func (c *filters) put(k filterKey, f filter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxFilters {
		c.m = make(map[filterKey]filter, 16)
	}
	c.m[k] = f
}

// profile returns what a reference names for a workload.
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
		if ref.Inline() {
			p = e.overlays[overlayKey{ref.Key(), engine}]
		}
		if p == nil {
			return nil, fmt.Errorf("the default profile of %s is not known", engine)
		}
		return p, nil
	}
	p, ok := e.snap.Profiles[ref.Key()]
	if !ok {
		return nil, fmt.Errorf("the snapshot does not hold it: run 'seccompctl apply'")
	}
	return p, nil
}

// filter resolves, normalises and checks a profile, or returns what it made before.
func (e *Engine) filter(ref *policy.ProfileRef, req Request, caps workload.Capabilities) (filter, error) {
	key := filterKey{ref: ref.Key(), engine: req.Workload.Engine.Or(""), runtime: req.Runtime, caps: caps}
	if f, ok := e.cache.get(key); ok {
		return f, nil
	}
	p, err := e.profile(ref, req)
	if err != nil {
		return filter{}, err
	}
	f, err := e.make(p, req.Runtime, caps)
	if err != nil {
		return filter{}, err
	}
	e.cache.put(key, f)
	return f, nil
}

func (e *Engine) make(p *profile.Profile, runtime string, caps workload.Capabilities) (filter, error) {
	s, err := p.Resolve(profile.Target{Facts: e.host, Capabilities: caps})
	if err != nil {
		return filter{}, err
	}
	if s == nil || s.DefaultAction == "" {
		return filter{}, fmt.Errorf("it resolves to no filter")
	}
	var f filter
	if trimmed, note := e.trim(s); trimmed != nil {
		s = trimmed
		f.notes = append(f.notes, note)
	}
	var rt *host.Runtime
	if r, ok := e.host.Runtime(runtime); ok {
		rt = &r
	}
	if e.snap.Policy.Normalises(policy.ModeEnforce) {
		var note string
		if s, note = UsableFlags(s, rt); note != "" {
			f.notes = append(f.notes, note)
		}
	}
	if err := profile.Validate(s, rt); err != nil {
		return filter{}, err
	}
	f.seccomp = s
	return f, nil
}

// overlayKey names an inline profile on top of an engine's default.
type overlayKey struct {
	ref    string
	engine workload.Engine
}

// warm makes what does not depend on the workload: inline profiles on top of each engine's default, and a first filter of
// every profile.
func (e *Engine) warm() error {
	e.overlays = map[overlayKey]*profile.Profile{}
	for _, ref := range e.snap.Policy.Profiles() {
		if !ref.Inline() || ref.Name() != policy.TypeRuntimeDefault {
			continue
		}
		for _, engine := range workload.Engines() {
			base := profile.RuntimeDefault(engine)
			if base == nil {
				continue
			}
			p, err := Overlay(base, ref)
			if err != nil {
				return err
			}
			e.overlays[overlayKey{ref.Key(), engine}] = p
		}
	}
	for key, p := range e.snap.Profiles {
		if _, err := e.make(p, "", workload.DefaultCapabilities); err != nil {
			return fmt.Errorf("profile %s: %w", key, err)
		}
	}
	return nil
}
