package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// MaxException is how long after it is applied an exception may last.
const MaxException = 30 * 24 * time.Hour

// Node is what Check knows of the node that a policy is for.
type Node struct {
	Now time.Time
	// Platforms are the engines on the node. Empty means every engine, in its newest version.
	Platforms []Platform
	// AsksContainerd says that the runtime door asks containerd for what it keeps of a container.
	AsksContainerd bool
	// LooksUpDocker says that it looks up what Docker keeps of a container.
	LooksUpDocker bool
}

// Check returns what is wrong with a policy for a node, and what looks wrong: what Validate finds; exceptions that last too
// long; rules that no door of the policy can decide; rules that can never match; actions that need a filter which no door
// sees; and rules by which the author of a pod could loosen its own filter. A policy with an error cannot be applied.
func (p *Policy) Check(n Node) []Finding {
	f := &findings{file: p.File, list: p.Validate()}
	if len(f.list) > 0 {
		return f.inOrder()
	}
	if len(n.Platforms) == 0 {
		n.Platforms = NewestPlatforms()
	}
	n.Platforms = slices.Clone(n.Platforms)
	for i := range n.Platforms {
		n.Platforms[i].Asked = n.Platforms[i].AskedBy(n.AsksContainerd, n.LooksUpDocker)
	}
	p.checkExceptions(f, n.Now)
	p.checkShadowed(f)
	p.checkDoors(f, n.Platforms)
	p.checkPause(f, n.Platforms)
	p.checkCurrent(f, n.Platforms)
	p.checkTrust(f)
	p.checkCalls(f)
	return f.inOrder()
}

func (p *Policy) checkExceptions(f *findings, now time.Time) {
	for i := range p.Exceptions {
		e := &p.Exceptions[i]
		r := f.at(fmt.Sprintf("exceptions[%d]", i), e.Source).of(RuleException)
		switch {
		case e.Expired(now):
			r.warnf("until", "remove it", "exception %q has expired and is ignored", e.Name)
		case e.Until.Sub(now) > MaxException:
			r.errorf("until", "at most "+now.Add(MaxException).UTC().Format(time.RFC3339)+"; apply it again when it is about to end",
				"exception %q lasts longer than 30 days", e.Name)
		}
		if e.Reason == "" {
			r.warnf("", "add a reason", "exception %q does not say why", e.Name)
		}
		floor := len(e.Allow) > 0
		if e.SkipsFloor() {
			floor = true
			r.warnf("skip", "list the calls that it needs under allow", "exception %q takes the whole floor away", e.Name)
		}
		if floor && p.Floor == nil {
			r.warnf("", "", "exception %q opens nothing in the floor: the policy has none", e.Name)
		}
	}
}

// checkCalls warns of names that are no known system call and resemble none.
func (p *Policy) checkCalls(f *findings) {
	check := func(r reporter, field string, calls []Call) {
		for i, c := range calls {
			for _, n := range c.Names {
				if strings.HasPrefix(n, GroupPrefix) || strings.HasPrefix(n, PackPrefix) || strings.ContainsAny(n, "*?") || syscalls.Known(n) {
					continue
				}
				r.of(profile.RuleSyscallUnknown).warnf(fmt.Sprintf("%s[%d]", field, i), "a runtime that does not know it either skips it in silence", "no system call is known as %s", quote(n))
			}
		}
	}
	inline := func(r reporter, ref *ProfileRef) {
		if ref != nil {
			check(r.in(ref.Source), "allow", ref.Allow)
			check(r.in(ref.Source), "deny", ref.Deny)
		}
	}
	if p.Floor != nil {
		check(f.at("floor", p.Floor.Source), "deny", p.Floor.Deny)
		inline(f.at("floor", p.Floor.Source), p.Floor.Profile)
	}
	for i := range p.Exceptions {
		check(f.at(fmt.Sprintf("exceptions[%d]", i), p.Exceptions[i].Source), "allow", p.Exceptions[i].Allow)
	}
	for i := range p.Rules {
		inline(f.at(fmt.Sprintf("rules[%d]", i), p.Rules[i].Source), p.Rules[i].Profile)
	}
	if p.Default != nil {
		inline(f.at("default", p.Default.Source), p.Default.Profile)
	}
}
