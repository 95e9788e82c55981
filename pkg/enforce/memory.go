package enforce

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// Memory keeps results beyond the process, for a door that is one for each container. What it returns must be what this
// program put there: it is believed as the snapshot is.
type Memory interface {
	// Recall returns what was kept under a name, or nil.
	Recall(name string) []byte
	// Keep keeps a text under a name, if it can.
	Keep(name string, text []byte)
}

// NewRemembering is New for such a door: it computes with the policy's profiles only where the memory does not know the
// result. The program says which build computes, as another one may come to another result.
func NewRemembering(s *snapshot.Snapshot, now func() time.Time, m Memory, program string) (*Engine, error) {
	e, err := begin(s, now)
	if err != nil {
		return nil, err
	}
	e.memory, e.program = m, program
	return e, nil
}

// kept is a result in a memory.
type kept struct {
	Install *specs.LinuxSeccomp `json:"install,omitempty"`
	// Flags tells an empty list of flags, which JSON leaves out, from none.
	Flags bool `json:"flags,omitempty"`
	// Effective is "install", "current" or "" for none.
	Effective    string      `json:"effective,omitempty"`
	Profile      string      `json:"profile,omitempty"`
	Mode         policy.Mode `json:"mode,omitempty"`
	Floor        bool        `json:"floor,omitempty"`
	Would        string      `json:"would,omitempty"`
	Refused      bool        `json:"refused,omitempty"`
	Loosens      []string    `json:"loosens,omitempty"`
	LoosensCount int         `json:"loosensCount,omitempty"`
	Notes        []string    `json:"notes,omitempty"`
}

// name names a result in a memory: by all that it depends on.
func (e *Engine) name(key resultKey, current *specs.LinuxSeccomp) (string, error) {
	if e.snap.Digest == "" {
		return "", errors.New("name a result: the snapshot has no name")
	}
	key.current = 0 // a hash of this process's own; the filter itself follows
	filter, err := json.Marshal(current)
	if err != nil {
		return "", fmt.Errorf("name a result: %w", err)
	}
	flags := current != nil && current.Flags != nil
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %#v %v %s", e.program, e.snap.Digest, key, flags, filter))
	return hex.EncodeToString(sum[:]), nil
}

// recall returns a result that the memory knows.
func (e *Engine) recall(name string, current *specs.LinuxSeccomp) (result, bool) {
	text := e.memory.Recall(name)
	if text == nil {
		return result{}, false
	}
	var k kept
	if json.Unmarshal(text, &k) != nil {
		return result{}, false
	}
	if k.Install != nil && k.Flags && k.Install.Flags == nil {
		k.Install.Flags = []specs.LinuxSeccompFlag{}
	}
	r := result{current: current, outcome: Outcome{
		Install: k.Install, Profile: k.Profile, Mode: k.Mode, Floor: k.Floor, Would: k.Would, Refused: k.Refused,
		Loosens: k.Loosens, LoosensCount: k.LoosensCount, Notes: slices.Clip(k.Notes),
	}}
	switch k.Effective {
	case "install":
		r.outcome.Effective = k.Install
	case "current":
		r.outcome.Effective = current
	}
	return r, true
}

// remember puts a result into the memory. A refusal is computed again each time: what it is about may be put right.
func (e *Engine) remember(name string, r result) {
	o := r.outcome
	k := kept{
		Install: o.Install, Flags: o.Install != nil && o.Install.Flags != nil, Profile: o.Profile, Mode: o.Mode, Floor: o.Floor,
		Would: o.Would, Refused: o.Refused, Loosens: o.Loosens, LoosensCount: o.LoosensCount, Notes: o.Notes,
	}
	switch {
	case r.refusal != nil:
		return
	case o.Effective == nil:
	case o.Effective == o.Install:
		k.Effective = "install"
	case o.Effective == r.current:
		k.Effective = "current"
	default:
		return
	}
	if text, err := json.Marshal(k); err == nil {
		e.memory.Keep(name, text)
	}
}
