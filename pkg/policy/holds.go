package policy

import (
	"slices"

	"github.com/seccompd/seccompd/pkg/workload"
)

func engineHolds(engines []workload.Engine) func(w *workload.Workload) Truth {
	return func(w *workload.Workload) Truth {
		v, t := seen(w.Engine)
		return t.And(truth(t != True || slices.Contains(engines, v)))
	}
}

func globsHold(of func(w *workload.Workload) workload.Attr[string], patterns []string) func(w *workload.Workload) Truth {
	globs := make([]glob, len(patterns))
	for i, p := range patterns {
		globs[i] = newGlob(p, false)
	}
	return func(w *workload.Workload) Truth {
		v, t := seen(of(w))
		if t != True {
			return t
		}
		for i := range globs {
			if globs[i].matchString(v) {
				return True
			}
		}
		return False
	}
}

func imagesHold(entries []string) (func(w *workload.Workload) Truth, error) {
	patterns := make([]imagePattern, len(entries))
	for i, e := range entries {
		p, err := compileImage(e)
		if err != nil {
			return nil, err
		}
		patterns[i] = p
	}
	return func(w *workload.Workload) Truth {
		result := False
		for i := range patterns {
			result = result.Or(patterns[i].matches(w.Image, w.ImageDigest))
			if result == True {
				return True
			}
		}
		return result
	}, nil
}

func selectorsHold(selectors []Selector, of func(w *workload.Workload) workload.Attr[map[string]string]) func(w *workload.Workload) Truth {
	return func(w *workload.Workload) Truth {
		v, t := seen(of(w))
		if t != True {
			return t
		}
		for _, s := range selectors {
			if s.Matches(v) {
				return True
			}
		}
		return False
	}
}

func annotationsHold(annotations []Annotation) func(w *workload.Workload) Truth {
	type compiled struct {
		key   string
		globs []glob
	}
	list := make([]compiled, len(annotations))
	for i, a := range annotations {
		list[i].key = a.Key
		for _, v := range a.Values {
			list[i].globs = append(list[i].globs, newGlob(v, false))
		}
	}
	return func(w *workload.Workload) Truth {
		v, t := seen(w.Annotations)
		if t != True {
			return t
		}
		for i := range list {
			value, ok := v[list[i].key]
			if !ok || !anyMatches(list[i].globs, value) {
				return False
			}
		}
		return True
	}
}

func anyMatches(globs []glob, s string) bool {
	for i := range globs {
		if globs[i].matchString(s) {
			return true
		}
	}
	return false
}

func capabilitiesHold(c Capabilities) func(w *workload.Workload) Truth {
	return func(w *workload.Workload) Truth {
		v, t := seen(w.Capabilities)
		if t != True {
			return t
		}
		return truth((c.AnyOf == 0 || v&c.AnyOf != 0) && v.Has(c.AllOf) && v&c.NoneOf == 0)
	}
}

func usersHold(ranges []Users) func(w *workload.Workload) Truth {
	return func(w *workload.Workload) Truth {
		v, t := seen(w.User)
		if t != True {
			return t
		}
		for _, r := range ranges {
			if r.From <= v && v <= r.To {
				return True
			}
		}
		return False
	}
}
