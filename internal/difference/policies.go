package difference

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/seccompd/seccompd/pkg/policy"
)

// How says what happened to a rule, an exception or a profile.
type How string

// What can happen.
const (
	Added   How = "added"
	Removed How = "removed"
	Changed How = "changed"
	// Moved is a rule that comes earlier or later among the others, and may have changed too.
	Moved How = "moved"
)

// Change is a setting or a field with its value before and after, as JSON; "" where it was not there.
type Change struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// Rule is what happened to a rule or an exception. From and To are its places, counted from 1; 0 where it is not there.
type Rule struct {
	Name    string   `json:"name"`
	How     How      `json:"how"`
	From    int      `json:"from,omitempty"`
	To      int      `json:"to,omitempty"`
	Changes []Change `json:"changes,omitempty"`
}

// settings compares all of two policies but their rules, exceptions and default.
func settings(before, after *policy.Policy) []Change {
	return changes(fields(before, "rules", "exceptions", "default", "file"), fields(after, "rules", "exceptions", "default", "file"))
}

// rules compares two lists of rules by name.
func rules(before, after []policy.Rule) []Rule {
	return items(before, after, func(r *policy.Rule) string { return r.Name })
}

func exceptions(before, after []policy.Exception) []Rule {
	// Their order means nothing.
	return slices.DeleteFunc(items(before, after, func(e *policy.Exception) string { return e.Name }), func(r Rule) bool {
		return r.How == Moved && len(r.Changes) == 0
	})
}

func items[T any](before, after []T, name func(*T) string) []Rule {
	old := map[string]int{}
	for i := range before {
		old[name(&before[i])] = i
	}
	var out []Rule
	var common []int
	for i := range after {
		if at, ok := old[name(&after[i])]; ok {
			common = append(common, at)
		}
	}
	stayed := ascending(common)
	for i := range after {
		n := name(&after[i])
		at, ok := old[n]
		if !ok {
			out = append(out, Rule{Name: n, How: Added, To: i + 1})
			continue
		}
		delete(old, n)
		r := Rule{Name: n, How: Changed, From: at + 1, To: i + 1, Changes: changes(fields(before[at]), fields(after[i]))}
		if !stayed[at] {
			r.How = Moved
		}
		if r.How == Moved || len(r.Changes) > 0 {
			out = append(out, r)
		}
	}
	for i := range before {
		if _, gone := old[name(&before[i])]; gone {
			out = append(out, Rule{Name: name(&before[i]), How: Removed, From: i + 1})
		}
	}
	return out
}

// ascending returns the members of a longest ascending part of a list: what stayed in order. All others moved.
func ascending(list []int) map[int]bool {
	var ends []int // the index in list of the smallest end of a run of each length
	back := make([]int, len(list))
	for i, v := range list {
		n, _ := slices.BinarySearchFunc(ends, v, func(at, v int) int { return list[at] - v })
		back[i] = -1
		if n > 0 {
			back[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		}
		ends[n] = i
	}
	out := map[int]bool{}
	if len(ends) == 0 {
		return out
	}
	for i := ends[len(ends)-1]; i >= 0; i = back[i] {
		out[list[i]] = true
	}
	return out
}

// fields returns the fields of a part of a policy as JSON, those of its match as "match.NAME", without the places where
// they stood.
func fields(part any, without ...string) map[string]string {
	text, err := json.Marshal(part)
	if err != nil { // plain data
		panic(err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var tree map[string]any
	if err := dec.Decode(&tree); err != nil && string(text) != "null" {
		panic(err)
	}
	out := map[string]string{}
	for key, v := range tree {
		if m, ok := v.(map[string]any); ok && key == "match" {
			for field, v := range m {
				put(out, "match."+field, v)
			}
			delete(out, "match.source")
			continue
		}
		put(out, key, v)
	}
	for _, key := range append(without, "source") {
		delete(out, key)
	}
	return out
}

func put(out map[string]string, key string, v any) {
	text, err := json.Marshal(withoutSource(v))
	if err != nil {
		panic(err)
	}
	out[key] = string(text)
	if s, ok := v.(string); ok && strconv.Quote(s) == string(text) {
		out[key] = s
	}
}

func withoutSource(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "source")
		for key := range v {
			v[key] = withoutSource(v[key])
		}
	case []any:
		for i := range v {
			v[i] = withoutSource(v[i])
		}
	}
	return v
}

func changes(before, after map[string]string) []Change {
	var out []Change
	for key, from := range before {
		if to := after[key]; to != from {
			out = append(out, Change{key, from, to})
		}
	}
	for key, to := range after {
		if _, ok := before[key]; !ok {
			out = append(out, Change{Field: key, To: to})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return bytes.Compare([]byte(a.Field), []byte(b.Field)) })
	return out
}
