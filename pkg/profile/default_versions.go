package profile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// runtimeDefaultPrefix is how the names of runtime defaults begin.
const runtimeDefaultPrefix = "runtime-default@"

// difference is an older default as what differs from a newer one, in the form of defaults/versions.json.
type difference struct {
	Name    string `json:"name"`
	Like    string `json:"like"`
	Profile Profile
	Rules   []struct {
		// From and To are rules of the other profile, which may have names added and removed, if there is no Rule.
		From, To      int
		With, Without []string
		Rule          *Rule
	}
}

// defaultVersions are the defaults by version: of containerd and then of Docker, the newest first.
var defaultVersions = sync.OnceValue(func() []*Profile {
	data, err := defaults.ReadFile("defaults/versions.json")
	if err != nil {
		panic(fmt.Sprintf("read embedded defaults: %v", err))
	}
	var list []difference
	if err := json.Unmarshal(data, &list); err != nil {
		panic(fmt.Sprintf("decode embedded defaults: %v", err))
	}
	byName := map[string]*Profile{}
	var containerd, docker []*Profile
	for _, p := range []*Profile{containerdDefault(), dockerDefault()} {
		byName[p.Name] = p
	}
	for _, d := range list {
		p := d.apply(byName[d.Like])
		byName[p.Name] = p
		if strings.HasPrefix(p.Name, runtimeDefaultPrefix+"containerd-") {
			containerd = append(containerd, p)
		} else {
			docker = append(docker, p)
		}
	}
	return slices.Concat([]*Profile{containerdDefault()}, containerd, []*Profile{dockerDefault()}, docker)
})

func (d difference) apply(like *Profile) *Profile {
	p := d.Profile
	p.Name = d.Name
	for _, r := range d.Rules {
		if r.Rule != nil {
			p.Rules = append(p.Rules, *r.Rule)
			continue
		}
		for _, rule := range like.Rules[r.From : max(r.From, r.To)+1] {
			if len(r.With)+len(r.Without) > 0 {
				rule.Names = slices.DeleteFunc(slices.Clone(rule.Names), func(n string) bool { return slices.Contains(r.Without, n) })
				rule.Names = append(rule.Names, r.With...)
				slices.Sort(rule.Names)
			}
			p.Rules = append(p.Rules, rule)
		}
	}
	return &p
}

// RuntimeDefaultVersions lists the runtime defaults that are known by version, as "containerd-2.1.9" and "docker-24.0.9": those of
// containerd, then those of Docker, of each the newest first. Of the patches of a minor version those are known between which
// the profile changed, as far as they could be had. "moby-profiles-…" is the module that Docker 29 takes its default from.
func RuntimeDefaultVersions() []string {
	var names []string
	for _, p := range defaultVersions() {
		names = append(names, strings.TrimPrefix(p.Name, runtimeDefaultPrefix))
	}
	return names
}

// RuntimeDefaultVersion returns the runtime default of a version, or the newest of those that it begins: "containerd-2.1" is
// containerd-2.1.9. The profile is shared by all callers and must not be changed.
func RuntimeDefaultVersion(version string) (*Profile, bool) {
	for _, p := range defaultVersions() {
		name := strings.TrimPrefix(p.Name, runtimeDefaultPrefix)
		if version != "" && (name == version || strings.HasPrefix(name, version+".")) {
			return p, true
		}
	}
	return nil, false
}
