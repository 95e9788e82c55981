package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// suggested is what would allow the calls that were denied to a container, and to others of its name.
type suggested struct {
	Container denial.Container `json:"container"`
	Calls     []string         `json:"calls"`
	// Options are ways to allow them, the narrowest first. Where there is none, Why says so.
	Options []option `json:"options,omitempty"`
	Why     string   `json:"why,omitempty"`
}

// option is one way to allow calls.
type option struct {
	// Kind is "exception", "rule" or "profile".
	Kind string `json:"kind"`
	// Put says where in the policy the YAML goes, Opens what it opens.
	Put   string `json:"put"`
	YAML  string `json:"yaml"`
	Opens string `json:"opens"`
}

// The kinds of options, the narrowest first.
const (
	optionException = "exception"
	optionRule      = "rule"
	optionProfile   = "profile"
)

// suggestions adds what would allow what was denied. All calls of a container are taken together: the first rule that
// matches decides, and one for each call would hide the others.
func (d *denialsFlags) suggestions(a *denialsAnswer) error {
	snap, err := snapshot.Open(d.stateDir).Current()
	if snap == nil {
		if errors.Is(err, snapshot.ErrNone) {
			return refuse(fmt.Errorf("there is no policy in force to change: run 'seccompctl apply'"))
		}
		return err
	}
	type key struct{ namespace, pod, name, id, rule string }
	at := map[key]int{}
	for _, one := range a.Denials {
		c := one.Container
		if !one.Matters() || c.ID == "" || one.Syscall == "" {
			continue
		}
		k := key{c.Namespace, c.Pod, c.Name, "", c.Rule}
		if c.Pod == "" {
			k.id = c.ID
		}
		i, ok := at[k]
		if !ok {
			i = len(a.Suggestions)
			at[k] = i
			a.Suggestions = append(a.Suggestions, suggested{Container: c})
		}
		if s := &a.Suggestions[i]; !slices.Contains(s.Calls, one.Syscall) {
			s.Calls = append(s.Calls, one.Syscall)
		}
	}
	for i := range a.Suggestions {
		slices.Sort(a.Suggestions[i].Calls)
		d.suggestFor(&a.Suggestions[i], snap.Policy)
	}
	return nil
}

func (d *denialsFlags) suggestFor(s *suggested, p *policy.Policy) {
	calls := slices.DeleteFunc(slices.Clone(s.Calls), func(name string) bool { return !syscalls.Known(name) })
	if len(calls) == 0 {
		s.Why = "no profile can name these calls: they have no name"
		return
	}
	match, who, ok := narrow(s.Container)
	if !ok {
		s.Why = "no match of a policy names this container alone: nothing is known of it but its id, or its names hold characters of a pattern"
		return
	}
	if floorMayDeny(p, calls) {
		s.Options = append(s.Options, exceptionOption(calls, match, who, d.now()))
	}
	rule, profile, action, why := denying(p, s.Container, d.decisions)
	if why != "" {
		s.Why = why
		return
	}
	if calls = slices.DeleteFunc(calls, func(call string) bool { return goesOn(profile, call) }); len(calls) == 0 {
		s.Why = "programs that make these calls go another way where they are told ENOSYS, as the runtime default does"
		return
	}
	allowing := inline(profile, calls)
	floor := ""
	if p.Floor != nil {
		floor = "; the floor stays"
	}
	s.Options = append(s.Options, option{
		Kind:  optionRule,
		Put:   "rules, " + ahead(rule),
		YAML:  "- name: " + ruleName(rule, calls) + "\n  match: {" + match + "}\n  action: " + string(action) + "\n  profile: " + allowing + "\n",
		Opens: fmt.Sprintf("%s, with any arguments, to %s, for as long as the rule is there%s", strings.Join(calls, ", "), who, floor),
	})
	if s.Container.Profile != enforce.CurrentProfile || s.Container.Audited {
		s.Options = append(s.Options, option{
			Kind:  optionProfile,
			Put:   "in place of the profile of " + ruleWords(rule),
			YAML:  "profile: " + allowing + "\n",
			Opens: fmt.Sprintf("%s, with any arguments, to everything that %s decides on%s", strings.Join(calls, ", "), ruleWords(rule), floor),
		})
	}
}

// exceptionOption takes calls out of the floor for a week.
func exceptionOption(calls []string, match, who string, now time.Time) option {
	until := now.Add(7 * 24 * time.Hour).UTC().Format(time.RFC3339)
	return option{
		Kind: optionException, Put: "exceptions",
		YAML: "- name: " + ruleName("allow", calls) + "\n  match: {" + match + "}\n  allow: [" + strings.Join(calls, ", ") + "]\n  until: " + until +
			"\n  reason: \"why it needs this, and who changes that\"\n",
		Opens: fmt.Sprintf("%s, with any arguments, to %s, until %s; it opens the floor only, and what else denies the calls goes on to", strings.Join(calls, ", "), who, until),
	}
}

// floorMayDeny reports whether the floor denies one of the calls, as far as its text tells.
func floorMayDeny(p *policy.Policy, calls []string) bool {
	if p.Floor == nil {
		return false
	}
	if p.Floor.Profile != nil {
		return true
	}
	return slices.ContainsFunc(p.Floor.Deny, func(c policy.Call) bool {
		return slices.ContainsFunc(c.Names, func(name string) bool {
			return strings.ContainsAny(name, "*?@:") || slices.Contains(calls, name)
		})
	})
}

// denying returns the rule that gave a container its filter, and the profile and action that a rule which allows more has
// to have; or why no rule can.
func denying(p *policy.Policy, c denial.Container, decisions string) (rule string, profile *policy.ProfileRef, action policy.Action, why string) {
	if c.Rule == "" {
		return "", nil, "", "no decision on the container is on record: it is older than the daemon's log, or came through a door that is not guarded"
	}
	if c.Rule == policy.DefaultRule {
		f := p.Fallback()
		profile, action = f.Profile, f.Action
	} else {
		i := slices.IndexFunc(p.Rules, func(r policy.Rule) bool { return r.Name == c.Rule })
		if i < 0 {
			return "", nil, "", fmt.Sprintf("rule %q decided on it, which the policy in force does not have", c.Rule)
		}
		profile, action = p.Rules[i].Profile, p.Rules[i].Action
	}
	switch {
	case c.Profile != enforce.CurrentProfile, c.Audited && profile != nil:
		return c.Rule, profile, action, ""
	case c.Audited:
		return "", nil, "", fmt.Sprintf("%s leaves the container's own filter, so that the floor alone would deny it", ruleWords(c.Rule))
	}
	// The filter is the container's own.
	r, err := audit.Find(decisions, c.Decision)
	if err != nil || r.Current != "RuntimeDefault" {
		return "", nil, "", "it runs under a profile of its own, which its author can change; a rule with action: replace would take that away"
	}
	return c.Rule, &policy.ProfileRef{Type: policy.TypeRuntimeDefault}, policy.ActionReplace, ""
}

// goesOn reports whether a profile is known to answer a call with ENOSYS, and programs to do without it then. Many make such
// calls at their start, and allowing them would open more than they need.
func goesOn(p *policy.ProfileRef, call string) bool {
	return p != nil && p.Name() == policy.TypeRuntimeDefault && syscalls.ExpectsENOSYS(call) &&
		!slices.ContainsFunc(p.Deny, func(c policy.Call) bool { return slices.Contains(c.Names, call) })
}

func (s *suggested) table(t *table) {
	t.gap()
	t.line("%s: %s", strings.Join(s.Calls, ", "), containerName(denial.Denial{Container: s.Container}))
	s.options(t)
}

// options are the ways, and why there are no others.
func (s *suggested) options(t *table) {
	for _, o := range s.Options {
		t.line("  %s, which opens %s:", o.Put, o.Opens)
		for line := range strings.Lines(o.YAML) {
			t.line("    %s", strings.TrimSuffix(line, "\n"))
		}
	}
	if s.Why != "" {
		t.line("  no rule is suggested: %s", s.Why)
	}
}
