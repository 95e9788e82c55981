package enforce

import (
	"hash/maphash"
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

// seed is of this process alone, so that nobody outside can choose filters whose hashes are equal.
var seed = maphash.MakeSeed()

// hash tells filters apart that differ in their texts, order included, but for collisions.
func hash(s *specs.LinuxSeccomp) uint64 {
	if s == nil {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(seed)
	text(&h, string(s.DefaultAction))
	errno(&h, s.DefaultErrnoRet)
	maphash.WriteComparable(&h, len(s.Architectures))
	for _, a := range s.Architectures {
		text(&h, string(a))
	}
	for _, f := range s.Flags {
		text(&h, string(f))
	}
	for _, r := range s.Syscalls {
		maphash.WriteComparable(&h, len(r.Names))
		for _, name := range r.Names {
			text(&h, name)
		}
		text(&h, string(r.Action))
		errno(&h, r.ErrnoRet)
		for _, a := range r.Args {
			maphash.WriteComparable(&h, a)
		}
	}
	return h.Sum64()
}

// text writes a string that never reads as part of two: no name has a zero byte that is not its end.
func text(h *maphash.Hash, s string) {
	_, _ = h.WriteString(s)
	_ = h.WriteByte(0)
}

func errno(h *maphash.Hash, n *uint) {
	if n != nil {
		maphash.WriteComparable(h, *n)
	}
}
