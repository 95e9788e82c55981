package profile

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/seccompd/seccompd/config"
)

// builtins are the profiles of config/profiles by name. Only a broken build can make it panic: a test reads them all.
var builtins = sync.OnceValue(func() map[string]*Profile {
	entries, err := config.Profiles.ReadDir("profiles")
	if err != nil {
		panic(fmt.Sprintf("list built-in profiles: %v", err))
	}
	out := map[string]*Profile{}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		data, err := config.Profiles.ReadFile(path.Join("profiles", e.Name()))
		if err != nil {
			panic(fmt.Sprintf("read built-in profile: %v", err))
		}
		p, err := ParseJSON("builtin/"+name, data)
		if err != nil {
			panic(fmt.Sprintf("read built-in profile: %v", err))
		}
		p.Name = "builtin/" + name
		out[name] = withS390(p)
	}
	return out
})

// Builtin returns the profile that seccompd carries under a name, as "strict" or "block-unshare". It is shared by all
// callers and must not be changed.
func Builtin(name string) (*Profile, bool) {
	p, ok := builtins()[name]
	return p, ok
}

// BuiltinNames lists the names, sorted.
func BuiltinNames() []string { return sortedKeys(builtins()) }

// withS390 adds to each rule about clone's flags the one for s390, where they are the second argument and not the first
// (CONFIG_CLONE_BACKWARDS2, clone(2)). The files leave it out: read as plain OCI, without conditions, it would be in force
// everywhere and refuse threads by the address of their stack.
func withS390(p *Profile) *Profile {
	s390 := Condition{Arches: []string{"s390", "s390x"}}
	var rules []Rule
	for _, r := range p.Rules {
		if !slices.Contains(r.Names, "clone") || len(r.Args) == 0 {
			rules = append(rules, r)
			continue
		}
		there, elsewhere := r.clone(), r
		there.Includes, elsewhere.Excludes = s390.clone(), s390.clone()
		there.Args[0].Index = 1
		rules = append(rules, elsewhere, there)
	}
	p.Rules = rules
	return p
}
