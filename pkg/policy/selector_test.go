package policy

import (
	"slices"
	"testing"
)

func TestSelectors(t *testing.T) {
	for _, c := range []struct {
		selector string
		matches  []map[string]string
		not      []map[string]string
	}{
		{"app=web", []map[string]string{{"app": "web"}}, []map[string]string{{}, {"app": "db"}, nil}},
		{"app == web , tier", []map[string]string{{"app": "web", "tier": ""}}, []map[string]string{{"app": "web"}}},
		{"app!=web", []map[string]string{{}, {"app": "db"}}, []map[string]string{{"app": "web"}}},
		{"tier in (a, b)", []map[string]string{{"tier": "b"}}, []map[string]string{{}, {"tier": "c"}}},
		{"tier notin (a,b)", []map[string]string{{}, {"tier": "c"}}, []map[string]string{{"tier": "a"}}},
		{"!old", []map[string]string{{}}, []map[string]string{{"old": ""}}},
		{"app.kubernetes.io/name=web", []map[string]string{{"app.kubernetes.io/name": "web"}}, []map[string]string{{"name": "web"}}},
		{"empty=", []map[string]string{{"empty": ""}}, []map[string]string{{}, {"empty": "x"}}},
		{"in in (in)", []map[string]string{{"in": "in"}}, []map[string]string{{}}},
	} {
		s, err := ParseSelector(c.selector)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, l := range c.matches {
			if !s.Matches(l) {
				t.Errorf("%s does not select %v", c.selector, l)
			}
		}
		for _, l := range c.not {
			if s.Matches(l) {
				t.Errorf("%s selects %v", c.selector, l)
			}
		}
	}
	for _, bad := range []string{"", " ", ",", "a,", "=a", "a=b=c", "a in", "a in b", "a in (b", "a in (b c)", "!", "!a=b", "a b", "a>1", "a=b c", "a/b/c", "/a", "-a", "a=-", "a in ()x", "é=1"} {
		if s, err := ParseSelector(bad); err == nil {
			t.Errorf("%q is read as %v", bad, s)
		}
	}
}

func FuzzSelector(f *testing.F) {
	for _, s := range []string{"app=web", "a!=b,c in (d,e),f notin (),!g,h", "in in (in)", "a==b,", "x/y=z", "((("} {
		f.Add(s, "a", "b")
	}
	f.Fuzz(func(t *testing.T, s, key, value string) {
		sel, err := ParseSelector(s)
		if err != nil {
			return
		}
		again, err := ParseSelector(sel.String())
		if err != nil {
			t.Fatalf("%q is printed as %q, which is no selector: %v", s, sel, err)
		}
		if !slices.EqualFunc(sel, again, func(a, b Requirement) bool {
			return a.Key == b.Key && a.Operator == b.Operator && slices.Equal(a.Values, b.Values)
		}) {
			t.Fatalf("%q is read back as %q", sel, again)
		}
		for _, labels := range []map[string]string{nil, {key: value}} {
			if sel.Matches(labels) != again.Matches(labels) {
				t.Fatalf("%q and %q differ on %v", sel, again, labels)
			}
		}
	})
}
