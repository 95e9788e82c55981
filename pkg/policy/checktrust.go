package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// checkTrust finds rules and exceptions by which the author of a pod could loosen its own filter: they give a workload
// more because of names and labels that the author chooses, and nothing else says whose workload it is.
func (p *Policy) checkTrust(f *findings) {
	for i := range p.Exceptions {
		e := &p.Exceptions[i]
		r := f.at(fmt.Sprintf("exceptions[%d]", i), e.Source).in(e.Match.Source)
		if by := e.Match.forgeable(); by != "" {
			r.errorf(by, trustHint, "exception %q opens the floor to whoever chooses %s", e.Name, by)
		}
	}
	for i := range p.Rules {
		rule := &p.Rules[i]
		r := f.at(fmt.Sprintf("rules[%d]", i), rule.Source).in(rule.Match.Source)
		by := rule.Match.forgeable()
		switch {
		case by == "":
		case rule.Action == ActionKeep:
			r.errorf(by, trustHint, "rule %q keeps the filter of whoever chooses %s", rule.Name, by)
		case rule.Action == ActionReplace && rule.Profile.mayLoosen():
			r.warnf(by, trustHint, "rule %q gives its profile to whoever chooses %s", rule.Name, by)
		}
		if e := rule.Match.Except; e != nil && rule.Action != ActionKeep && !rule.Match.anchored() {
			if by := e.forgeable(); by != "" {
				r.in(e.Source).warnf(by, trustHint, "rule %q leaves out whoever chooses %s", rule.Name, by)
			}
		}
	}
}

const trustHint = "a pod's author writes those: add namespaces or image digests"

// mayLoosen reports whether a profile may permit what the runtime default denies; that is certain only of some.
func (r *ProfileRef) mayLoosen() bool {
	if r.Inline() {
		return r.Base != TypeRuntimeDefault || len(r.Allow) > 0
	}
	return r.Type != TypeRuntimeDefault
}

// forgeable returns a field of the match that the author of a pod chooses, if nothing in the match says whose it is.
func (m *Match) forgeable() string {
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
// API server guards; an image's digest; an engine whose clients are root on the node anyway.
func (m *Match) anchored() bool {
	digests := len(m.Images) > 0 && !slices.ContainsFunc(m.Images, func(e string) bool { return !strings.Contains(e, "@") })
	engines := len(m.Engines) > 0 && !slices.Contains(m.Engines, workload.EngineKubernetes)
	return digests || engines || narrow(m.Namespaces) || narrow(m.ContainerdNamespaces)
}

// narrow reports whether globs leave anything out.
func narrow(globs []string) bool {
	return len(globs) > 0 && !slices.ContainsFunc(globs, func(g string) bool { return strings.Trim(g, "*?") == "" })
}
