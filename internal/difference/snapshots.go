package difference

import (
	"fmt"
	"slices"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Snapshots is what changes from one policy in force to another.
type Snapshots struct {
	// From is the digest of the one before; "" where there was none.
	From       string    `json:"from,omitempty"`
	To         string    `json:"to,omitempty"`
	Settings   []Change  `json:"settings,omitempty"`
	Rules      []Rule    `json:"rules,omitempty"`
	Default    []Change  `json:"default,omitempty"`
	Exceptions []Rule    `json:"exceptions,omitempty"`
	Profiles   []Profile `json:"profiles,omitempty"`
	// Host says that the facts of the host changed, so that the same text may mean another filter.
	Host bool `json:"host,omitempty"`
	// Weaker says whether the new one permits something to some workload that the old one denied it, and Because why.
	Weaker  policy.Truth `json:"weaker"`
	Because []string     `json:"because,omitempty"`
}

// Profile is what happened to a profile that a policy names, resolved for the engines' default capabilities on the new
// snapshot's host.
type Profile struct {
	Key string `json:"key"`
	How How    `json:"how"`
	Calls
	// Problem is why the two cannot be compared.
	Problem string `json:"problem,omitempty"`
}

// Between compares two snapshots; before is nil where nothing was in force.
func Between(before, after *snapshot.Snapshot) Snapshots {
	out := Snapshots{To: after.Digest}
	if before == nil {
		before = &snapshot.Snapshot{Policy: &policy.Policy{}, Facts: after.Facts}
		before.Policy.Default = &policy.Default{}
	} else {
		out.From = before.Digest
		out.Host = before.Facts.Key() != after.Facts.Key()
	}
	out.Settings = settings(before.Policy, after.Policy)
	out.Rules = rules(before.Policy.Rules, after.Policy.Rules)
	out.Exceptions = exceptions(before.Policy.Exceptions, after.Policy.Exceptions)
	out.Default = changes(fields(before.Policy.Fallback()), fields(after.Policy.Fallback()))
	out.Profiles = profiles(before, after)
	if out.From != "" {
		w := weaker(before, after, out)
		out.Weaker, out.Because = w.answer, w.because
	}
	return out
}

// Empty reports whether the two decide alike.
func (s Snapshots) Empty() bool {
	return len(s.Settings)+len(s.Rules)+len(s.Default)+len(s.Exceptions)+len(s.Profiles) == 0 && !s.Host
}

func profiles(before, after *snapshot.Snapshot) []Profile {
	var keys []string
	for key := range before.Profiles {
		keys = append(keys, key)
	}
	for key := range after.Profiles {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var out []Profile
	for _, key := range slices.Compact(keys) {
		old, now := before.Profiles[key], after.Profiles[key]
		switch {
		case old == nil:
			out = append(out, Profile{Key: key, How: Added})
		case now == nil:
			out = append(out, Profile{Key: key, How: Removed})
		case old.Digest() != now.Digest():
			out = append(out, changed(key, old, now, after))
		}
	}
	return out
}

func changed(key string, old, now *profile.Profile, in *snapshot.Snapshot) Profile {
	p := Profile{Key: key, How: Changed}
	target := profile.Target{Facts: in.Facts, Capabilities: workload.DefaultCapabilities}
	a, err1 := old.Resolve(target)
	b, err2 := now.Resolve(target)
	for _, err := range []error{err1, err2} {
		if err != nil {
			p.Problem = fmt.Sprintf("cannot be compared: %v", err)
			return p
		}
	}
	if p.Calls, err1 = Filters(a, b, in.Facts); err1 != nil {
		p.Problem = fmt.Sprintf("cannot be compared: %v", err1)
	}
	return p
}
