package lint

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

// actions looks at what rules do.
func (l *linter) actions() {
	p := l.subject.Written
	if p.DefaultAction == specs.ActTrace {
		l.trace("the default", l.places.field("defaultAction"))
	}
	said := l.besides()
	for i, r := range p.Rules {
		switch r.Action {
		case specs.ActTrace:
			l.trace("a rule", l.places.rule(i))
		case specs.ActNotify:
			l.notify(i, r)
		default:
			if same(r, p) {
				l.equalsDefault(i, said)
			}
		}
	}
	l.architectures()
}

func (l *linter) trace(what string, at *document.Node) {
	l.add(ruleTrace, at, "say what is to happen without one",
		"%s has SCMP_ACT_TRACE: nothing traces a container when it starts, and then the call fails with ENOSYS; who traces it may let everything pass", what)
}

// notify finds calls that the runtime makes under the filter before there is a program, and an agent to ask may not be there.
func (l *linter) notify(i int, r profile.Rule) {
	probe := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: r.Names, Action: specs.ActKillProcess}}}
	for _, name := range enforce.MissingRequired(probe, l.assumed()) {
		l.add(ruleNotifyStart, l.places.name(i, name), "take it out of this rule",
			"the runtime calls %s itself under the filter: each start of a container waits for the agent, and none starts without it", name)
	}
}

// same reports whether a rule does what the default does, which runtimes then skip.
func same(r profile.Rule, p *profile.Profile) bool {
	return plain(r.Action) == plain(p.DefaultAction) && number(r.Action, r.ErrnoRet) == number(p.DefaultAction, p.DefaultErrnoRet)
}

func plain(a specs.LinuxSeccompAction) specs.LinuxSeccompAction {
	if a == specs.ActKill {
		return specs.ActKillThread
	}
	return a
}

// number is what an action returns: EPERM where nothing is said.
func number(a specs.LinuxSeccompAction, n *uint) uint {
	switch {
	case a != specs.ActErrno && a != specs.ActTrace:
		return 0
	case n == nil:
		return 1
	}
	return *n
}

// equalsDefault is for rules that stand alone: for those beside another one for the same call the reader has said it, in its order.
func (l *linter) equalsDefault(i int, said []profile.Finding) {
	at := l.places.rule(i)
	from := sort.Search(len(said), func(k int) bool { return !before(said[k], at) })
	if from < len(said) && (i+1 >= len(l.places.rules) || before(said[from], l.places.rules[i+1])) {
		return
	}
	l.add(profile.RuleEqualsDefault, at, "remove it, or give it the action that you mean", "this rule does nothing: its action is the default one, and runtimes skip it")
}

// before reports whether a finding stands before a place.
func before(f profile.Finding, n *document.Node) bool {
	return f.Line < n.Line || f.Line == n.Line && f.Column < n.Column
}

// besides lists what the reader said of rules that do what the default does, by place.
func (l *linter) besides() []profile.Finding {
	var out []profile.Finding
	for _, f := range l.subject.Written.Findings {
		if f.Rule == profile.RuleEqualsDefault {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b profile.Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return out
}

// architectures finds ABIs that the kernel runs programs of, and that a filter which permits by default kills. Programs for x32 there are none.
func (l *linter) architectures() {
	if l.filter.DefaultAction != specs.ActAllow && l.filter.DefaultAction != specs.ActLog {
		return
	}
	listed := map[specs.Arch]bool{l.target.Facts.Native: true, specs.ArchX32: true}
	for _, a := range l.filter.Architectures {
		listed[a] = true
	}
	for _, abi := range l.target.Facts.ABIs {
		if _, ok := syscalls.Table(abi); ok && !listed[abi] {
			l.add(ruleMissingArchitecture, l.places.field("architectures"), fmt.Sprintf("add %s, or deny by default", abi),
				"architectures does not list %s: its programs are killed at their first call, though the default permits all", abi)
		}
	}
}

// assumed is the host's first runtime, or runc.
func (l *linter) assumed() host.Runtime {
	if rt, ok := l.target.Facts.Runtime(""); ok {
		return rt
	}
	return host.Runtime{Name: "runc"}
}
