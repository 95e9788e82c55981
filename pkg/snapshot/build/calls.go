package build

import (
	"fmt"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/pack/packfile"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
)

// lists turns the policy's lists of calls into profiles that deny them.
func (l *loader) lists() {
	p := l.policy
	if f := p.Floor; f != nil {
		l.floor(f)
	}
	for i := range p.Exceptions {
		x := &p.Exceptions[i]
		if len(x.Allow) > 0 {
			l.list(fmt.Sprintf("exception %q", x.Name), policy.CallsKey(x.Allow), x.Allow, nil,
				func(i int) policy.Position { return x.Source.At(fmt.Sprintf("allow[%d]", i)) })
		}
	}
	for _, ref := range p.Profiles() {
		if ref.Inline() {
			l.inline(ref)
		}
	}
}

// floor turns what a floor always denies into one profile, and each entry with times into one of its own.
func (l *loader) floor(f *policy.Floor) {
	if always := f.Always(); len(always) > 0 {
		l.denied(f, f.Key(), always)
	}
	for _, c := range f.Sometimes() {
		l.denied(f, f.TimedKey(c), []policy.Call{c})
	}
	for _, name := range f.LeaveOpen {
		if !l.left[name] {
			l.at(f.Source.At("leaveOpen"), "the floor: %q cannot be left open: no pack in it denies it beside its aim", name)
		}
	}
}

func (l *loader) denied(f *policy.Floor, key string, calls []policy.Call) {
	at := func(i int) policy.Position {
		return f.Source.At(fmt.Sprintf("deny[%d]", slices.IndexFunc(f.Deny, func(c policy.Call) bool { return policy.CallsKey([]policy.Call{c}) == policy.CallsKey(calls[i:i+1]) })))
	}
	e := l.list("the floor", key, calls, f.LeaveOpen, at)
	if e == nil {
		return
	}
	l.collateral(e, at(0))
	for _, c := range e.Collateral {
		for _, name := range c.Names {
			l.left[name] = true
		}
	}
	if len(e.Exempt) > 0 {
		l.calls[policy.ExemptKey(key)] = exempt(e)
	}
}

// inline turns the lists of an inline profile into profiles. No call may be in both as a whole.
func (l *loader) inline(ref *policy.ProfileRef) {
	var whole [2][]string
	for i, side := range []struct {
		field string
		calls []policy.Call
	}{{"allow", ref.Allow}, {"deny", ref.Deny}} {
		if len(side.calls) == 0 {
			continue
		}
		e := l.list(side.field, policy.CallsKey(side.calls), side.calls, nil,
			func(i int) policy.Position { return ref.Source.At(fmt.Sprintf("%s[%d]", side.field, i)) })
		if e == nil {
			return
		}
		if side.field == "deny" {
			l.collateral(e, ref.Source.At("deny"))
		}
		for _, r := range e.Rules {
			if len(r.Args) == 0 {
				whole[i] = append(whole[i], r.Names...)
			}
		}
	}
	for _, name := range whole[1] {
		if slices.Contains(whole[0], name) {
			l.findings = append(l.findings, policy.Finding{
				Severity: policy.SeverityError, File: l.policy.File, Position: ref.Source.At("deny"), Hint: "keep one of them",
				Message: name + " is both allowed and denied",
			})
		}
	}
}

// list puts what a list means under its key, and returns it; nil where something is wrong with it.
func (l *loader) list(what, key string, calls []policy.Call, open []string, at func(i int) policy.Position) *pack.Expansion {
	packs, err := packfile.Load()
	if err != nil {
		l.findings = append(l.findings, policy.Finding{Severity: policy.SeverityError, Message: err.Error()})
		return nil
	}
	words := make([]profile.Call, len(calls))
	var collateral []string
	for i, c := range calls {
		words[i] = inProfile(c)
		// Each alone first, so that an error stands at its entry.
		alone, err := pack.Expand(words[i:i+1], nil, packs)
		if err != nil {
			l.at(at(i), "%s: %v", what, err)
			return nil
		}
		for _, c := range alone.Collateral {
			collateral = append(collateral, c.Names...)
		}
	}
	open = slices.DeleteFunc(slices.Clone(open), func(name string) bool { return !slices.Contains(collateral, name) })
	e, err := pack.Expand(words, open, packs)
	if err != nil {
		l.at(at(0), "%s: %v", what, err)
		return nil
	}
	l.calls[key] = e.Profile(what)
	return e
}

func (l *loader) at(pos policy.Position, format string, args ...any) {
	l.findings = append(l.findings, policy.Finding{Severity: policy.SeverityError, File: l.policy.File, Position: pos, Message: fmt.Sprintf(format, args...)})
}

// collateral warns of what packs hit beside their aims.
func (l *loader) collateral(e *pack.Expansion, pos policy.Position) {
	for _, c := range e.Collateral {
		l.findings = append(l.findings, policy.Finding{
			Rule: policy.RuleCollateral, Severity: policy.SeverityWarning, File: l.policy.File, Position: pos, Message: c.String(),
		})
	}
}

// exempt returns a profile that denies what is to be taken out of a floor again.
func exempt(e *pack.Expansion) *profile.Profile {
	x := &pack.Expansion{}
	for _, c := range e.Exempt {
		x.Rules = append(x.Rules, profile.Rule{Names: c.Names, Args: c.Args, Action: specs.ActErrno})
	}
	return x.Profile("what the floor leaves open")
}

// inProfile puts the policy's word for a call into that of a profile.
func inProfile(c policy.Call) profile.Call {
	out := profile.Call{Names: c.Names}
	for _, a := range c.Args {
		out.Args = append(out.Args, specs.LinuxSeccompArg{
			Index: a.Index, Value: a.Value, ValueTwo: a.ValueTwo, Op: specs.LinuxSeccompOperator("SCMP_CMP_" + string(a.Op)),
		})
	}
	return out
}
