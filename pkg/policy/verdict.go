package policy

import (
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// Verdict says whether a door can ever find that a match holds.
type Verdict struct {
	Door workload.Door
	On   Platform
	// Answer is True where some workload matches and the door sees it, Unknown where every workload that could match is
	// undecidable, and False where none can match.
	Answer Truth
	// Field is the field that the answer is due to where it is not True.
	Field Field
}

// Through says whether a door on a platform can ever find that the match holds.
func (m *Match) Through(door workload.Door, on Platform) Verdict {
	v := Verdict{Door: door, On: on, Answer: True}
	if !Guards(door, on) {
		return Verdict{Door: door, On: on, Answer: False}
	}
	for _, f := range m.Given() {
		if t := m.best(f, door, on); t < v.Answer {
			v.Answer, v.Field = t, f
		}
	}
	if m.Except == nil || v.Answer != True {
		return v
	}
	// What except takes out must be known not to hold, and one of its fields is enough to know that.
	for _, f := range m.Except.Given() {
		if m.Except.worst(f, door, on) == False {
			return v
		}
		if v.Field == "" {
			v.Field = "except." + f
		}
	}
	v.Answer = Unknown
	return v
}

// best is the most that a door can find of a field: whether it holds for some workload.
func (m *Match) best(f Field, door workload.Door, on Platform) Truth {
	switch f { //nolint:exhaustive // for the other fields the values do not matter
	case FieldEngines:
		return truth(slices.Contains(m.Engines, on.Engine))
	case FieldDoors:
		return truth(slices.Contains(m.Doors, door))
	case FieldImages:
		return m.bestImage(door, on)
	case FieldRequested:
		if Sees(f, door, on) == SightPartly {
			return bestOf(uint64(m.Requested), partlyRequested)
		}
	case FieldContainerKinds:
		return bestOf(uint64(m.ContainerKinds), partlyKinds(door, on))
	}
	return bestSight(Sees(f, door, on))
}

// worst is False where a door can find that a field does not hold.
func (m *Match) worst(f Field, door workload.Door, on Platform) Truth {
	switch f { //nolint:exhaustive // for the other fields the values do not matter
	case FieldImages:
		return truth(m.bestImage(door, on) == Unknown)
	case FieldRequested:
		if Sees(f, door, on) == SightPartly {
			return truth(bestOf(uint64(workload.AnyRequest&^m.Requested), partlyRequested) != True)
		}
	case FieldContainerKinds:
		return truth(bestOf(uint64(workload.AnyKind&^m.ContainerKinds), partlyKinds(door, on)) != True)
	}
	return truth(Sees(f, door, on) == SightNo)
}

func bestSight(s Sight) Truth {
	switch s {
	case SightYes, SightPartly:
		return True
	case SightAbsent:
		return False
	case SightNo:
	}
	return Unknown
}

func (m *Match) bestImage(door workload.Door, on Platform) Truth {
	result := False
	for _, e := range m.Images {
		t := True
		name, _, hasDigest := strings.Cut(e, "@")
		if hasDigest {
			t = t.And(bestSight(Sees(FieldImageDigests, door, on)))
		}
		if name != "" {
			t = t.And(bestSight(Sees(FieldImages, door, on)))
		}
		result = result.Or(t)
	}
	return result
}

// partlyRequested are the requests that a door cannot tell from each other where it sees no more than a filter or none.
var partlyRequested = []uint64{
	uint64(workload.RequestRuntimeDefault | workload.RequestLocalhost), uint64(workload.RequestUnconfined | workload.RequestUnset),
}

// partlyKinds are the kinds of containers that a door cannot tell from each other, of those that come through it.
func partlyKinds(door workload.Door, on Platform) []uint64 {
	pod := uint64(workload.KindContainer | workload.KindInit | workload.KindEphemeral)
	switch {
	case on.Engine != workload.EngineKubernetes:
		return []uint64{uint64(workload.KindContainer)}
	case door == workload.DoorNRI:
		return []uint64{pod}
	}
	return []uint64{pod, uint64(workload.KindSandbox)}
}

// bestOf is the most that can be found of a list when workloads are known only as one of the groups.
func bestOf(list uint64, groups []uint64) Truth {
	result := False
	for _, g := range groups {
		result = result.Or(within(g, list))
	}
	return result
}
