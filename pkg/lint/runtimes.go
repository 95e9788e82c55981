package lint

import (
	"errors"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// runtimes holds the filter against every runtime of the host, or against runc where none is known.
func (l *linter) runtimes() {
	list := l.target.Facts.Runtimes
	if len(list) == 0 {
		list = []host.Runtime{l.assumed()}
	}
	for _, rt := range list {
		l.runtime(rt)
	}
}

func (l *linter) runtime(rt host.Runtime) {
	with := strings.TrimSpace(rt.Name + " " + rt.Version)
	known := &rt
	if rt.Path == "" {
		known = nil
	}
	for _, problem := range problems(profile.Validate(l.filter, known)) {
		l.add(policy.RuleDoesNotLoad, l.places.field("flags"), "", "%s does not load it: %v", with, problem)
	}
	if missing := enforce.MissingRequired(l.filter, rt); len(missing) > 0 {
		l.add(policy.RuleCannotStart, l.places.call(missing[0], denying), "allow them", "no container starts: %s itself calls %s after loading it", with, joined(missing))
	}
	if unknown := enforce.UnknownDenials(l.filter, rt, l.target.Facts); len(unknown) > 0 && !l.target.Rewritten {
		l.add(policy.RuleUnknownDenial, l.places.call(unknown[0], denying), "deny by default, or use a newer libseccomp",
			"libseccomp %s of %s does not know %s: it skips the rule, and the calls stay allowed", rt.Libseccomp, with, joined(unknown))
	}
	if unknown := l.unknownNames(rt); len(unknown) > 0 {
		l.add(ruleUnknownName, l.places.call(unknown[0], anyRule), "use a newer libseccomp", "libseccomp %s of %s does not know %s: it skips the rules, and the calls are answered by the default", rt.Libseccomp, with, joined(unknown))
	}
}

func anyRule(profile.Rule) bool { return true }

func denying(r profile.Rule) bool { return denies(r.Action) }

func denies(a specs.LinuxSeccompAction) bool {
	return algebra.Answer{Action: a}.Class() == algebra.Denies
}

// problems takes joined errors apart.
func problems(err error) []error {
	if err == nil {
		return nil
	}
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		return many.Unwrap()
	}
	return []error{err}
}

// unknownNames lists the calls that a filter permits under a denying default and that the runtime's libseccomp does not know.
func (l *linter) unknownNames(rt host.Runtime) []string {
	vocabulary, ok := rt.Vocabulary()
	table, found := syscalls.Table(l.target.Facts.Native)
	if !ok || !found || !denies(l.filter.DefaultAction) {
		return nil
	}
	var out []string
	for _, r := range l.filter.Syscalls {
		for _, name := range r.Names {
			if _, exists := table.Number(name); exists && !denies(r.Action) && !vocabulary.Knows(l.target.Facts.Native, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
