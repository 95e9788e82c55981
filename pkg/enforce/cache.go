package enforce

import (
	"math/bits"
	"sync"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// maxCached bounds each cache: authors of pods choose capability sets, of which there are 2^41, and filters of their own.
const maxCached = 256

// cache remembers what was computed. When it is full it starts again, which costs one computation per value in use. The
// zero cache is empty.
type cache[K comparable, V any] struct {
	mu sync.RWMutex
	m  map[K]V
}

func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.m[k]
	return v, ok
}

func (c *cache[K, V]) put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxCached {
		c.m = make(map[K]V, 16)
	}
	c.m[k] = v
}

// resultKey is all that a result depends on beside the snapshot. Of the current filter it has a hash: a result is only used
// for the very filter that it was computed from.
type resultKey struct {
	rule             int
	undecidableRule  string
	undecidableField policy.Field
	floor            floorKey

	door       workload.Door
	engine     workload.Attr[workload.Engine]
	runtime    string
	caps       workload.Attr[workload.Capabilities]
	privileged workload.Attr[bool]
	requested  workload.Requests
	unheeded   bool

	state          CurrentState
	runtimeDefault bool
	current        uint64
}

// result is what becomes of every container with the same key and current filter. It is shared and never changed.
type result struct {
	current *specs.LinuxSeccomp
	outcome Outcome
	refusal *Refusal
}

// result computes what a decision comes to, or remembers it.
func (e *Engine) result(req Request, d policy.Decision, p phase) result {
	w := req.Workload
	key := resultKey{
		rule: d.Rule, undecidableRule: d.UndecidableRule, undecidableField: d.UndecidableField, floor: floorKey{d.Exceptions & e.opens, p},
		door: w.Door, engine: w.Engine, runtime: req.Runtime, caps: w.Capabilities, privileged: w.Privileged,
		requested: w.Requested, unheeded: req.Unheeded,
		state: req.Current.State, runtimeDefault: req.Current.RuntimeDefault, current: hash(req.Current.Filter),
	}
	if r, ok := e.results.get(key); ok && sameText(r.current, req.Current.Filter) {
		return r
	}
	r, name := result{current: req.Current.Filter}, ""
	if e.memory != nil {
		var err error
		if name, err = e.name(key, req.Current.Filter); err == nil {
			if r, ok := e.recall(name, req.Current.Filter); ok {
				return r
			}
		}
	}
	if err := e.warm(); err != nil {
		r.refusal = refuse(ReasonInternal, err.Error())
		return r
	}
	if r.outcome, r.refusal = e.compute(req, d, p); r.refusal == nil {
		r.outcome = e.logDenials(req, d, r.outcome)
	}
	e.results.put(key, r)
	if name != "" {
		e.remember(name, r)
	}
	return r
}

// hash tells most filters apart, by their shapes and a little of their names, in a fraction of a microsecond. Whether two are the
// same is for sameText to say.
func hash(s *specs.LinuxSeccomp) uint64 {
	if s == nil {
		return 0
	}
	h := mix(1, word(string(s.DefaultAction)))
	h = mix(h, errno(s.DefaultErrnoRet))
	h = mix(h, uint64(len(s.Architectures))<<32|uint64(len(s.Flags)))
	for _, r := range s.Syscalls {
		h = mix(h, uint64(len(r.Names))<<32|uint64(len(r.Args)))
		if n := len(r.Names); n > 0 {
			h = mix(h, word(r.Names[0])<<32|word(r.Names[n-1]))
		}
		h = mix(h, word(string(r.Action))<<32|errno(r.ErrnoRet))
		for _, a := range r.Args {
			h = mix(h, a.Value^a.ValueTwo<<1)
		}
	}
	return h
}

// mix adds a number to a hash (the multiplier is the golden ratio's).
func mix(h, n uint64) uint64 { return bits.RotateLeft64((h^n)*0x9e3779b97f4a7c15, 29) }

// word is a little of a text.
func word(s string) uint64 {
	if s == "" {
		return 0
	}
	return uint64(len(s))<<16 | uint64(s[0])<<8 | uint64(s[len(s)-1])
}

func errno(n *uint) uint64 {
	if n == nil {
		return 0
	}
	return uint64(*n) + 1
}
