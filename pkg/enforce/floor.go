package enforce

import (
	"fmt"
	"time"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/policy"
)

// floor is what is met with a container's filter.
type floor struct {
	// there is false where nothing is denied: the policy has no floor, or an exception takes the whole of it away.
	there bool
	algebra.Meaning
}

// floors are what is denied to a workload, and what is only logged.
type floors struct{ hard, soft floor }

// phase says, by index among the floor's entries with times, which only log and which have ended.
type phase struct{ audit, ended uint64 }

// floorKey is all that floors depend on, unless the floor is the runtime default, which depends on the workload.
type floorKey struct {
	open policy.ExceptionSet
	phase
}

// opening returns the exceptions of a policy that have a part in its floor.
func opening(p *policy.Policy) policy.ExceptionSet {
	var out policy.ExceptionSet
	for i := range p.Exceptions {
		if e := &p.Exceptions[i]; len(e.Allow) > 0 || e.SkipsFloor() {
			out |= 1 << i
		}
	}
	return out
}

// phase returns what time it is for the floor.
func (e *Engine) phase(now time.Time) phase {
	var p phase
	for i, c := range e.timed {
		switch {
		case !c.Until.IsZero() && !now.Before(c.Until):
			p.ended |= 1 << i
		case now.Before(c.AuditUntil):
			p.audit |= 1 << i
		}
	}
	return p
}

// floors returns the floor less the exceptions of a decision.
func (e *Engine) floors(req Request, d policy.Decision, p phase) (floors, error) {
	f := e.snap.Policy.Floor
	if f == nil {
		return floors{}, nil
	}
	key := floorKey{d.Exceptions & e.opens, p}
	perWorkload := f.Profile != nil && f.Profile.Name() == policy.TypeRuntimeDefault
	if known, ok := e.denied.get(key); ok && !perWorkload {
		return known, nil
	}
	out, err := e.without(req, key)
	if err != nil {
		return floors{}, fmt.Errorf("compute the floor: %w", err)
	}
	if !perWorkload {
		e.denied.put(key, out)
	}
	return out, nil
}

// without returns the floor without exceptions and without what has no part in it now.
func (e *Engine) without(req Request, key floorKey) (floors, error) {
	var out floors
	into := func(f *floor, m algebra.Meaning) (err error) {
		if f.there {
			m, err = algebra.Meet(f.Meaning, m)
		}
		f.there, f.Meaning = true, m
		return err
	}
	always := &out.hard
	if e.snap.Policy.FloorMode() == policy.ModeAudit {
		always = &out.soft
	}
	m, there, err := e.always(req)
	if err == nil && there {
		err = into(always, m)
	}
	for i, c := range e.timed {
		if err != nil || key.ended&(1<<i) != 0 {
			continue
		}
		side := always
		if key.audit&(1<<i) != 0 {
			side = &out.soft
		}
		if m, err = e.listed(e.snap.Policy.Floor.TimedKey(c)); err == nil {
			err = into(side, m)
		}
	}
	for _, i := range key.open.Indexes() {
		x := &e.snap.Policy.Exceptions[i]
		if x.SkipsFloor() {
			return floors{}, err
		}
		for _, f := range []*floor{&out.hard, &out.soft} {
			if err == nil && f.there {
				f.Meaning, err = e.opened(f.Meaning, x)
			}
		}
	}
	return out, err
}

func (e *Engine) opened(m algebra.Meaning, x *policy.Exception) (algebra.Meaning, error) {
	calls, err := e.region(policy.CallsKey(x.Allow))
	if err != nil {
		return m, err
	}
	return algebra.Open(m, calls)
}

// always returns what the floor denies whatever time it is; there may be nothing. Its profile is taken in the strictest
// reading where the capabilities of the workload are what it depends on: a floor that some capability opened would be none.
func (e *Engine) always(req Request) (m algebra.Meaning, there bool, err error) {
	f := e.snap.Policy.Floor
	if f.Profile != nil {
		req.Current = Current{} // which the engine made for the workload's capabilities
		p, err := e.meaning(f.Profile, req, capabilities{any: true})
		return p.Meaning, true, err
	}
	if len(f.Always()) == 0 {
		return m, false, nil
	}
	m, err = e.listed(f.Key())
	return m, true, err
}

// listed returns what a list of the floor denies, less what it leaves open.
func (e *Engine) listed(key string) (algebra.Meaning, error) {
	m, err := e.region(key)
	if exempt, ok := e.regions[policy.ExemptKey(key)]; ok && err == nil {
		return algebra.Open(m, exempt)
	}
	return m, err
}
