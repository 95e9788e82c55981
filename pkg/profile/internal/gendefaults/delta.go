package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seccompd/seccompd/pkg/profile"
)

// delta is a profile as what differs from another one: the form of defaults/versions.json, which pkg/profile reads.
type delta struct {
	Name string `json:"name"`
	// Source is the package that the profile is made of.
	Source string `json:"source"`
	// Like is the name of the other profile, which stands before this one or is the newest.
	Like string `json:"like"`
	// Profile has all but name and rules.
	Profile profile.Profile `json:"profile"`
	Rules   []ruleDelta     `json:"rules"`
}

// ruleDelta is a rule, or rules of the other profile, From to To, with names added to the one and removed.
type ruleDelta struct {
	From    int           `json:"from,omitempty"`
	To      int           `json:"to,omitempty"`
	With    []string      `json:"with,omitempty"`
	Without []string      `json:"without,omitempty"`
	Rule    *profile.Rule `json:"rule,omitempty"`
}

func newDelta(p, like *profile.Profile, source string) (delta, error) {
	d := delta{Name: p.Name, Source: source, Like: like.Name, Profile: *p}
	d.Profile.Name, d.Profile.Rules = "", nil
	keys := make([]string, len(like.Rules))
	for i, r := range like.Rules {
		var err error
		if keys[i], err = ruleKey(r); err != nil {
			return d, err
		}
	}
	used := map[int]bool{}
	for _, r := range p.Rules {
		key, err := ruleKey(r)
		if err != nil {
			return d, err
		}
		at := -1
		for i, k := range keys {
			if k == key && !used[i] && (len(r.Args) == 0 || slices.Equal(r.Names, like.Rules[i].Names)) {
				at = i
				break
			}
		}
		if at < 0 {
			d.Rules = append(d.Rules, ruleDelta{Rule: &r})
			continue
		}
		used[at] = true
		next := ruleDelta{From: at, To: at, With: missing(r.Names, like.Rules[at].Names), Without: missing(like.Rules[at].Names, r.Names)}
		if n := len(d.Rules); n > 0 && next.plain() && d.Rules[n-1].plain() && d.Rules[n-1].To == at-1 {
			d.Rules[n-1].To = at
			continue
		}
		d.Rules = append(d.Rules, next)
	}
	return d, nil
}

func (r ruleDelta) plain() bool { return r.Rule == nil && len(r.With)+len(r.Without) == 0 }

// ruleKey is equal for rules that differ in their names alone.
func ruleKey(r profile.Rule) (string, error) {
	r.Names = nil
	text, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("encode a rule: %w", err)
	}
	return string(text), nil
}

// missing lists what a has and b does not.
func missing(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(n string) bool { return slices.Contains(b, n) })
}

// writeDeltas lays out the file: a line for each rule.
func writeDeltas(list []delta) ([]byte, error) {
	var out bytes.Buffer
	separator := "[\n"
	for _, d := range list {
		rules := d.Rules
		d.Rules = nil
		head, err := json.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("encode a delta: %w", err)
		}
		out.WriteString(separator)
		out.Write(bytes.TrimSuffix(head, []byte("null}")))
		separator = "[\n "
		for _, r := range rules {
			text, err := json.Marshal(r)
			if err != nil {
				return nil, fmt.Errorf("encode a delta: %w", err)
			}
			out.WriteString(separator)
			out.Write(text)
			separator = ",\n "
		}
		out.WriteString("\n]}")
		separator = ",\n"
	}
	out.WriteString("\n]\n")
	return out.Bytes(), nil
}
