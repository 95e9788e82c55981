package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// checkTrust finds rules and exceptions by which the author of a pod could loosen its own filter: they give a workload
// more because of names and labels that the author chooses, and nothing else says whose workload it is. Whether a profile
// is more takes computing with filters, and is found where a snapshot is built.
func (p *Policy) checkTrust(f *findings) {
	for i := range p.Exceptions {
		e := &p.Exceptions[i]
		r := f.at(fmt.Sprintf("exceptions[%d]", i), e.Source).in(e.Match.Source).of(RuleForgeable)
		if by := e.Match.Forgeable(); by != "" {
			r.errorf(by, TrustHint, "exception %q opens the floor to whoever chooses %s", e.Name, by)
		}
	}
	for i := range p.Rules {
		rule := &p.Rules[i]
		r := f.at(fmt.Sprintf("rules[%d]", i), rule.Source).in(rule.Match.Source).of(RuleForgeable)
		by := rule.Match.Forgeable()
		switch {
		case by == "":
		case rule.Action == ActionKeep:
			r.errorf(by, TrustHint, "rule %q keeps the filter of whoever chooses %s", rule.Name, by)
		case rule.Action == ActionFill:
			if behind := p.stricterThanFill(i); behind != "" {
				r.warnf(by, TrustHint, "rule %q leaves its own filter to whoever chooses %s, which %s would not", rule.Name, by, behind)
			}
		}
		if e := rule.Match.Except; e != nil && rule.Action != ActionKeep && !rule.Match.anchored() {
			if by := e.Forgeable(); by != "" {
				r.in(e.Source).warnf(by, TrustHint, "rule %q leaves out whoever chooses %s", rule.Name, by)
			}
		}
	}
}

// stricterThanFill names what behind a rule does more to a container's own filter than to leave it as it is; "" is nothing.
func (p *Policy) stricterThanFill(rule int) string {
	for i := rule + 1; i < len(p.Rules); i++ {
		if a := p.Rules[i].Action; a == ActionRestrict || a == ActionReplace || a == ActionRefuse {
			return fmt.Sprintf("rule %q", p.Rules[i].Name)
		}
	}
	if a := p.Fallback().Action; a == ActionRestrict || a == ActionReplace || a == ActionRefuse {
		return "the default"
	}
	return ""
}

// TrustHint is what can be done about a match that whoever writes a pod can choose to fall under.
const TrustHint = "a pod's author writes those: add namespaces or image digests"

// Forgeable returns a field of the match that the author of a pod chooses, if nothing in the match says whose it is.
func (m *Match) Forgeable() string {
	if m.anchored() {
		return ""
	}
	for _, f := range []Field{FieldPods, FieldContainers, FieldImages, FieldLabels, FieldPodLabels, FieldAnnotations} {
		if m.has(f) {
			return string(f)
		}
	}
	return ""
}

// anchored reports whether the match names something that the author of a pod cannot choose freely: a namespace, which the
// API server guards; an image's digest; an engine, or a namespace of containerd, whose clients are root on the node anyway.
// That of the CRI is none: every pod is in it.
func (m *Match) anchored() bool {
	digests := len(m.Images) > 0 && !slices.ContainsFunc(m.Images, func(e string) bool { return !strings.Contains(e, "@") })
	engines := len(m.Engines) > 0 && !slices.Contains(m.Engines, workload.EngineKubernetes)
	clients := len(m.ContainerdNamespaces) > 0 && !slices.ContainsFunc(m.ContainerdNamespaces, func(p string) bool {
		g := newGlob(p, false)
		return g.matchString(criNamespace)
	})
	return digests || engines || clients || narrow(m.Namespaces)
}

// criNamespace is the namespace of containerd that every pod is in.
const criNamespace = "k8s.io"

// narrow reports whether globs leave anything out.
func narrow(globs []string) bool {
	return len(globs) > 0 && !slices.ContainsFunc(globs, func(g string) bool { return strings.Trim(g, "*?") == "" })
}
