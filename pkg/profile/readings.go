package profile

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/seccompd/seccompd/pkg/workload"
)

// maxGates is how many capabilities may decide on the rules of one call. There are two readings of the call for each.
const maxGates = 8

// Readings lists capability sets so that every answer which the profile gives to a call for some capabilities is its answer
// for one of them: for each call, every subset of the capabilities that its rules look at. So the strictest of the filters
// for these sets is the strictest that the profile is for anybody. A profile that is not Gated has one reading.
func (p *Profile) Readings() ([]workload.Capabilities, error) {
	gates := map[string]workload.Capabilities{}
	for _, r := range p.Rules {
		var caps workload.Capabilities
		for _, c := range []*Condition{r.Includes, r.Excludes} {
			if c != nil {
				caps |= c.Capabilities
			}
		}
		if caps == 0 {
			continue
		}
		for _, name := range r.Names {
			gates[name] |= caps
			// A rule for a call through a multiplexer becomes one for that, too.
			if m := multiplexer(name); m != "" {
				gates[m] |= caps
			}
		}
	}
	sets := map[workload.Capabilities]bool{0: true}
	done := map[workload.Capabilities]bool{}
	for name, caps := range gates {
		if bits.OnesCount64(uint64(caps)) > maxGates {
			return nil, fmt.Errorf("read profile %q for unknown capabilities: %s depends on more than %d of them", p.Name, name, maxGates)
		}
		if done[caps] {
			continue
		}
		done[caps] = true
		for sub := caps; sub != 0; sub = (sub - 1) & caps {
			sets[sub] = true
		}
	}
	out := make([]workload.Capabilities, 0, len(sets))
	for s := range sets {
		out = append(out, s)
	}
	slices.Sort(out)
	return out, nil
}
