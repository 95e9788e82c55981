package enforce

import (
	"fmt"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/policy"
)

// floor is what is met with every container's filter.
type floor struct {
	// there is false where the policy has no floor, or an exception takes the whole of it away.
	there bool
	algebra.Meaning
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

// floor returns the floor less the exceptions of a decision.
func (e *Engine) floor(req Request, d policy.Decision) (floor, error) {
	p := e.snap.Policy
	if p.Floor == nil {
		return floor{}, nil
	}
	open := d.Exceptions & e.opens
	for _, i := range open.Indexes() {
		if p.Exceptions[i].SkipsFloor() {
			return floor{}, nil
		}
	}
	perWorkload := p.Floor.Profile != nil && p.Floor.Profile.Name() == policy.TypeRuntimeDefault
	if f, ok := e.floors.get(open); ok && !perWorkload {
		return f, nil
	}
	m, err := e.whole(req)
	for _, i := range open.Indexes() {
		if err != nil || len(p.Exceptions[i].Allow) == 0 {
			continue
		}
		var calls algebra.Meaning
		if calls, err = e.region(policy.CallsKey(p.Exceptions[i].Allow)); err == nil {
			m, err = algebra.Open(m, calls)
		}
	}
	if err != nil {
		return floor{}, fmt.Errorf("compute the floor: %w", err)
	}
	f := floor{true, m}
	if !perWorkload {
		e.floors.put(open, f)
	}
	return f, nil
}

// whole returns the floor without exceptions. Its profile is taken in the strictest reading where the capabilities of the
// workload are what it depends on: a floor that some capability opened would be none.
func (e *Engine) whole(req Request) (algebra.Meaning, error) {
	f := e.snap.Policy.Floor
	if f.Profile == nil {
		m, err := e.region(f.Key())
		if exempt, ok := e.regions[f.ExemptKey()]; ok && err == nil {
			return algebra.Open(m, exempt)
		}
		return m, err
	}
	m, err := e.meaning(f.Profile, req, capabilities{any: true})
	return m.Meaning, err
}
