package policy

import (
	"encoding/json"
	"fmt"
	"math/bits"
)

// MaxExceptions is how many exceptions a policy may have.
const MaxExceptions = 64

// MaxTimed is how many entries with times a floor may have.
const MaxTimed = 64

// ExceptionSet is a set of a policy's exceptions by index, so that a decision needs no memory for them.
type ExceptionSet uint64

// Has reports whether the exception of that index is in the set.
func (s ExceptionSet) Has(i int) bool { return s&(1<<i) != 0 }

// Indexes lists the members in ascending order.
func (s ExceptionSet) Indexes() []int {
	out := make([]int, 0, bits.OnesCount64(uint64(s)))
	for i := range MaxExceptions {
		if s.Has(i) {
			out = append(out, i)
		}
	}
	return out
}

// MarshalJSON writes the list of the members' indexes.
func (s ExceptionSet) MarshalJSON() ([]byte, error) { return json.Marshal(s.Indexes()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (s *ExceptionSet) UnmarshalJSON(data []byte) error {
	var list []int
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("decode exceptions: %w", err)
	}
	*s = 0
	for _, i := range list {
		if i < 0 || i >= MaxExceptions {
			return fmt.Errorf("decode exceptions: there is no exception %d", i)
		}
		*s |= 1 << i
	}
	return nil
}
