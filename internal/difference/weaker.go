package difference

import (
	"fmt"
	"maps"
	"slices"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// verdict collects why one snapshot may be weaker than another.
type verdict struct {
	answer  policy.Truth
	because []string
}

func (v *verdict) add(t policy.Truth, because string) {
	if t == policy.False {
		return
	}
	v.answer = v.answer.Or(t)
	v.because = append(v.because, because)
}

// weaker says whether a snapshot permits something to some workload that the one before denied it. Rules select
// workloads, so a change of what they select is answered only where it cannot matter.
func weaker(before, after *snapshot.Snapshot, d Snapshots) verdict {
	var v verdict
	if before.Digest == after.Digest {
		return v
	}
	if audits(before.Policy) && !replaces(after.Policy) {
		return v // nothing was denied, and keep, fill, restrict and refuse take nothing away from what is
	}
	for _, c := range d.Settings {
		if c.Field == "floor" && c.From != "" && c.To != "" {
			v.add(floorLooser(before, after), "the floor changes")
			continue
		}
		v.add(setting(c))
		if c.Field == "mode" && c.To == string(policy.ModeEnforce) && replaces(after.Policy) {
			v.add(policy.Unknown, "replace is enforced now, and may permit what a container's own filter denied")
		}
	}
	for _, r := range d.Rules {
		v.rule(r, before.Policy, after.Policy)
	}
	if len(d.Default) > 0 {
		v.add(ofAction(d.Default, before.Policy.Fallback().Action, after.Policy.Fallback().Action), "the default changes")
	}
	for _, e := range d.Exceptions {
		if e.How != Removed {
			v.add(policy.True, fmt.Sprintf("exception %q is %s", e.Name, e.How))
		}
	}
	for key, old := range before.Profiles {
		if now, ok := after.Profiles[key]; ok && old.Digest() != now.Digest() {
			v.add(profileLooser(old, now, after), fmt.Sprintf("profile %s changes", key))
		}
	}
	if d.Host {
		v.add(policy.Unknown, "the facts of the host have changed")
	}
	slices.Sort(v.because)
	return v
}

// audits reports whether nothing of a policy is enforced.
func audits(p *policy.Policy) bool {
	for i := range p.Rules {
		if p.ModeOf(i) == policy.ModeEnforce {
			return false
		}
	}
	return p.Mode == policy.ModeAudit && p.FloorMode() == policy.ModeAudit
}

// replaces reports whether an enforced rule takes a filter away from workloads that have one.
func replaces(p *policy.Policy) bool {
	for i := range p.Rules {
		if p.Rules[i].Action == policy.ActionReplace && p.ModeOf(i) == policy.ModeEnforce {
			return true
		}
	}
	return p.Mode == policy.ModeEnforce && p.Fallback().Action == policy.ActionReplace
}

// setting judges one setting. What is not listed may do either.
func setting(c Change) (policy.Truth, string) {
	because := fmt.Sprintf("%s changes from %s to %s", c.Field, or(c.From, "what it is by default"), or(c.To, "what it is by default"))
	switch {
	case c.Field == "mode" && c.To == string(policy.ModeAudit):
		return policy.True, because
	case c.Field == "floor" && c.To == "":
		return policy.True, "the floor is removed"
	case c.Field == "mode", c.Field == "refuseWeakening", c.Field == "onBudget", c.Field == "logDenials":
		return policy.False, ""
	case c.Field == "floor" && c.From == "", c.Field == "onError" && c.To != string(policy.OnErrorRuntimeDefault):
		return policy.False, ""
	}
	return policy.Unknown, because
}

func (v *verdict) rule(r Rule, before, after *policy.Policy) {
	switch {
	case r.How == Changed:
		old, now := &before.Rules[r.From-1], &after.Rules[r.To-1]
		v.add(ofAction(r.Changes, old.Action, now.Action), fmt.Sprintf("rule %q changes", r.Name))
	case r.How == Added && after.Rules[r.To-1].Action == policy.ActionRefuse && after.ModeOf(r.To-1) == policy.ModeEnforce && after.FailMode() == policy.OnErrorRefuse:
		// What it matches, and what it cannot decide, is refused.
	default:
		v.add(policy.Unknown, fmt.Sprintf("rule %q is %s", r.Name, r.How))
	}
}

// ofAction judges the changes of a rule or of the default.
func ofAction(list []Change, from, to policy.Action) policy.Truth {
	answer := policy.False
	for _, c := range list {
		switch {
		case c.Field == "message", c.Field == "logDenials":
		case c.Field == "action" && (to == policy.ActionRefuse || from == policy.ActionKeep && to != policy.ActionReplace):
		case c.Field == "profile" && (to == policy.ActionRefuse || from == policy.ActionKeep):
		case c.Field == "mode" && c.To == string(policy.ModeAudit):
			answer = answer.Or(policy.True)
		case c.Field == "mode" && c.To == string(policy.ModeEnforce) && to != policy.ActionReplace:
		default:
			answer = answer.Or(policy.Unknown)
		}
	}
	return answer
}

// profileLooser compares two versions of a profile for every set of capabilities that makes a difference.
func profileLooser(before, after *profile.Profile, in *snapshot.Snapshot) policy.Truth {
	sets, err1 := before.Readings()
	more, err2 := after.Readings()
	if err1 != nil || err2 != nil {
		return policy.Unknown
	}
	sets = append(sets, more...)
	slices.Sort(sets)
	answer := policy.False
	for _, caps := range slices.Compact(sets) {
		a, err1 := before.Resolve(profile.Target{Facts: in.Facts, Capabilities: caps})
		b, err2 := after.Resolve(profile.Target{Facts: in.Facts, Capabilities: caps})
		if err1 != nil || err2 != nil {
			return policy.Unknown
		}
		answer = answer.Or(Looser(a, b, in.Facts))
	}
	return answer
}

// floorLooser compares two floors that are lists of calls. Of others it cannot be told from the policies alone.
func floorLooser(before, after *snapshot.Snapshot) policy.Truth {
	a, b := before.Policy.Floor, after.Policy.Floor
	switch {
	case a.Profile != nil || b.Profile != nil || len(b.LeaveOpen) > 0:
		return policy.Unknown
	case before.Policy.FloorMode() == policy.ModeEnforce && after.Policy.FloorMode() != policy.ModeEnforce:
		return policy.True
	}
	for _, c := range a.Sometimes() {
		if !slices.ContainsFunc(b.Sometimes(), func(d policy.Call) bool { return maps.Equal(fields(c), fields(d)) }) {
			return policy.Unknown
		}
	}
	old, now := before.Calls[a.Key()], after.Calls[b.Key()]
	switch {
	case old == nil:
		return policy.False
	case now == nil:
		return policy.True
	}
	return profileLooser(old, now, after)
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
