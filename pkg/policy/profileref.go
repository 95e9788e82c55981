package policy

import (
	"encoding/json"
	"slices"
	"strings"
)

// The types of a profile, in the words of a pod's securityContext.seccompProfile.
const (
	TypeRuntimeDefault = "RuntimeDefault"
	TypeLocalhost      = "Localhost"
)

// BuiltinPrefix is how the names of built-in profiles begin, wherever a profile is named.
const BuiltinPrefix = "builtin/"

// ProfileRef names a profile, or writes one on the spot by what it changes in another.
type ProfileRef struct {
	// Type is TypeRuntimeDefault or TypeLocalhost; empty for an inline profile.
	Type string `json:"type,omitempty"`
	// LocalhostProfile is the name of a file in the profile directories, or of a built-in profile.
	LocalhostProfile string `json:"localhostProfile,omitempty"`
	// Base is what an inline profile starts from: "RuntimeDefault", or a name as in LocalhostProfile.
	Base string `json:"base,omitempty"`
	// Allow and Deny are what an inline profile changes. No call is in both.
	Allow  []Call `json:"allow,omitempty"`
	Deny   []Call `json:"deny,omitempty"`
	Source Source `json:"source,omitzero"`
}

// Inline reports whether the profile is written on the spot.
func (r *ProfileRef) Inline() bool { return r.Base != "" }

// Name returns the name of the profile, or of the base of an inline one: "RuntimeDefault", "builtin/NAME" or a file's name.
func (r *ProfileRef) Name() string {
	switch {
	case r.Inline():
		return r.Base
	case r.Type == TypeLocalhost:
		return r.LocalhostProfile
	}
	return r.Type
}

// BaseKey is the Key of the profile that a reference names, of an inline one that of its base.
func (r *ProfileRef) BaseKey() string {
	return nameKey(r.Name(), r.Base == TypeRuntimeDefault || r.Type == TypeRuntimeDefault)
}

// Key returns the same string for two references exactly if they are to the same profile, whatever the order in which an
// inline one lists its calls.
func (r *ProfileRef) Key() string {
	if !r.Inline() {
		return r.BaseKey()
	}
	k := inlineKey{Base: r.BaseKey(), Allow: callKeys(r.Allow), Deny: callKeys(r.Deny)}
	b, err := json.Marshal(k)
	if err != nil { // strings and lists of strings only
		panic(err)
	}
	return "inline:" + string(b)
}

type inlineKey struct {
	Base  string   `json:"base"`
	Allow []string `json:"allow"`
	Deny  []string `json:"deny"`
}

func nameKey(name string, runtimeDefault bool) string {
	switch {
	case runtimeDefault:
		return TypeRuntimeDefault
	case strings.HasPrefix(name, BuiltinPrefix):
		return name
	}
	return "Localhost/" + name
}

// callKeys lists the calls, each name once and in order, so that it does not matter how they were grouped.
func callKeys(calls []Call) []string {
	var out []string
	for _, c := range calls {
		for _, n := range c.Names {
			out = append(out, n+c.argsKey())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Profiles lists the references of the floor, the rules and the default, each Key once, in that order.
func (p *Policy) Profiles() []*ProfileRef {
	var out []*ProfileRef
	seen := map[string]bool{}
	add := func(r *ProfileRef) {
		if r == nil || seen[r.Key()] {
			return
		}
		seen[r.Key()] = true
		out = append(out, r)
	}
	if p.Floor != nil {
		add(p.Floor.Profile)
	}
	for i := range p.Rules {
		add(p.Rules[i].Profile)
	}
	add(p.Fallback().Profile)
	return out
}
