package policy

import (
	"slices"

	"github.com/seccompd/seccompd/pkg/workload"
)

// together says whether the doors nri and runtime can find that a match holds for a container that comes through both: the
// first leaves the second a record of what it sees. It is not asked where the policy does not rely on both.
func (p *Policy) together(m *Match, on Platform) Truth {
	doors := []workload.Door{workload.DoorNRI, workload.DoorRuntime}
	for _, d := range doors {
		if !slices.Contains(p.RelyOn(), d) || !Guards(d, on) {
			return False
		}
	}
	for _, f := range m.Given() {
		if max(m.best(f, doors[0], on), m.best(f, doors[1], on)) != True {
			return False
		}
	}
	if m.Except == nil {
		return True
	}
	for _, f := range m.Except.Given() {
		if slices.ContainsFunc(doors, func(d workload.Door) bool { return m.Except.worst(f, d, on) == False }) {
			return True
		}
	}
	return False
}
