package policy

import (
	"fmt"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

func validateMatch(part reporter, m *Match, inExcept bool) {
	r := part.in(m.Source)
	eachOneOf(r, "engines", m.Engines, workload.Engines())
	eachOneOf(r, "doors", m.Doors, workload.Doors())
	for _, f := range Fields() {
		if f != FieldImages {
			validateGlobs(r, f, m.strings(f))
		}
	}
	for i, s := range m.Images {
		if _, err := compileImage(s); err != nil {
			r.errorf(fmt.Sprintf("images[%d]", i), "", "%v", err)
		}
	}
	validateSelectors(r, "labels", m.Labels)
	validateSelectors(r, "podLabels", m.PodLabels)
	validateAnnotations(r, m.Annotations)
	validateCapabilities(r, m.Capabilities)
	for i, u := range m.Users {
		if u.From > u.To {
			r.errorf(fmt.Sprintf("users[%d]", i), fmt.Sprintf("write %d-%d", u.To, u.From), "the range of users %d-%d is empty", u.From, u.To)
		}
	}
	if m.Except == nil {
		return
	}
	switch {
	case inExcept:
		r.errorf("except", "write another rule", "except cannot stand in except")
		return
	case len(m.Except.Given()) == 0:
		r.errorf("except", "name what it takes out, or remove it", "an except without fields takes out every workload")
	}
	validateMatch(r, m.Except, true)
}

func validateGlobs(r reporter, f Field, globs []string) {
	for i, g := range globs {
		at := fmt.Sprintf("%s[%d]", f, i)
		switch {
		case g == "":
			r.errorf(at, "* matches every value", "%s has an empty entry", f)
		case strings.ContainsAny(g, `[]{}\`):
			r.errorf(at, "globs have * and ? alone", "%s has the pattern %s", f, quote(g))
		}
	}
}

func validateSelectors(r reporter, field string, selectors []Selector) {
	for i, s := range selectors {
		at := fmt.Sprintf("%s[%d]", field, i)
		if len(s) == 0 {
			r.errorf(at, "as in app=web", "an empty label selector selects everything")
		}
		for _, q := range s {
			if why := q.check(); why != "" {
				r.errorf(at, "", "%s: %s", field, why)
			}
		}
	}
}

func validateAnnotations(r reporter, list []Annotation) {
	seen := map[string]bool{}
	for _, a := range list {
		at := fmt.Sprintf("annotations[%s]", a.Key)
		switch {
		case a.Key == "":
			r.errorf(at, "", "an annotation has no key")
		case strings.ContainsAny(a.Key, "*?"):
			r.errorf(at, "only its value is a glob", "the key of an annotation is exact, and %s looks like a glob", quote(a.Key))
		case seen[a.Key]:
			r.errorf(at, "", "the annotation %s stands twice", quote(a.Key))
		case len(a.Values) == 0:
			r.errorf(at, `"*" matches every value`, "the annotation %s has no value to match", quote(a.Key))
		}
		seen[a.Key] = true
	}
}

func validateCapabilities(r reporter, c *Capabilities) {
	switch {
	case c == nil:
	case c.AnyOf|c.AllOf|c.NoneOf == 0:
		r.errorf("capabilities", "as in {anyOf: [SYS_ADMIN]}", "capabilities asks for none")
	case c.AllOf&c.NoneOf != 0:
		r.errorf("capabilities", "", "no container matches: %s stands in allOf and in noneOf", c.AllOf&c.NoneOf)
	case c.AnyOf != 0 && c.AnyOf&^c.NoneOf == 0:
		r.errorf("capabilities", "", "no container matches: all of anyOf stands in noneOf")
	}
}
