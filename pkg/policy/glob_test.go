package policy

import (
	"strings"
	"testing"
)

// naiveGlob is the meaning of a glob written down without regard to time.
func naiveGlob(p, s string, slashes bool) bool {
	if p == "" {
		return s == ""
	}
	if p[0] == '*' {
		n := len(p) - len(strings.TrimLeft(p, "*"))
		for i := 0; ; i++ {
			if naiveGlob(p[n:], s[i:], slashes) {
				return true
			}
			if i == len(s) || slashes && n == 1 && s[i] == '/' {
				return false
			}
		}
	}
	if s == "" || p[0] == '?' && slashes && s[0] == '/' || p[0] != '?' && p[0] != s[0] {
		return false
	}
	return naiveGlob(p[1:], s[1:], slashes)
}

func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		slashes    bool
		want       bool
	}{
		{"", "", false, true}, {"", "a", false, false}, {"*", "", false, true}, {"*", "a/b", false, true},
		{"prod-*", "prod-db", false, true}, {"prod-*", "Prod-db", false, false}, {"prod-*", "prod", false, false},
		{"*-db", "prod-db", false, true}, {"a?c", "abc", false, true}, {"a?c", "ac", false, false},
		{"a*b*c", "a-b-b-c", false, true}, {"a*b*c", "a-b-b-c-", false, false},
		{"ghcr.io/*", "ghcr.io/a", true, true}, {"ghcr.io/*", "ghcr.io/a/b", true, false},
		{"ghcr.io/**", "ghcr.io/a/b", true, true}, {"ghcr.io/?", "ghcr.io//", true, false},
		{"**/nginx", "docker.io/library/nginx", true, true}, {"**/nginx*", "a/nginx/b", true, false},
		{"**a*/b", "xa/ya1/b", true, true}, {"**/*a/b", "x/ca/da/b", true, true}, {"a**b*c", "a/b/bc", true, true},
		{"***", "a/b", true, true}, {"a/***", "a/b/c", true, true},
	} {
		g := newGlob(c.pattern, c.slashes)
		body := text{body: c.s}
		if got := g.match(&body); got != c.want {
			t.Errorf("glob %q (slashes %v) on %q: %v, want %v", c.pattern, c.slashes, c.s, got, c.want)
		}
	}
}

// TestGlobsMeanWhatTheySay compares with the naive meaning on every short pattern and text over a small alphabet.
func TestGlobsMeanWhatTheySay(t *testing.T) {
	patterns := words("ab/*?", 5)
	texts := words("ab/", 5)
	for _, p := range patterns {
		for _, slashes := range []bool{false, true} {
			g := newGlob(p, slashes)
			for _, s := range texts {
				body := text{body: s}
				if got, want := g.match(&body), naiveGlob(p, s, slashes); got != want {
					t.Fatalf("glob %q (slashes %v) on %q: %v, want %v", p, slashes, s, got, want)
				}
			}
		}
	}
}

// words lists every string of up to n letters.
func words(letters string, n int) []string {
	out := []string{""}
	last := out
	for range n {
		var next []string
		for _, w := range last {
			for _, c := range letters {
				next = append(next, w+string(c))
			}
		}
		out, last = append(out, next...), next
	}
	return out
}

func FuzzGlob(f *testing.F) {
	f.Add("prod-*", "prod-db", false)
	f.Add("**/a*b/*c?", "x/aab/bcc", true)
	f.Add("a**b*c/**", "a/b/bc/d", true)
	f.Fuzz(func(t *testing.T, pattern, s string, slashes bool) {
		if len(pattern) > 12 || len(s) > 24 {
			t.Skip("the naive meaning takes exponential time")
		}
		g := newGlob(pattern, slashes)
		for cut := range len(s) + 1 {
			pieces := text{prefix: s[:cut/2], body: s[cut/2 : cut], suffix: s[cut:]}
			if got, want := g.match(&pieces), naiveGlob(pattern, s, slashes); got != want {
				t.Fatalf("glob %q (slashes %v) on %q: %v, want %v", pattern, slashes, s, got, want)
			}
		}
	})
}

// BenchmarkGlobHostile has the texts that make a backtracking matcher slow; twice the text takes twice the time.
func BenchmarkGlobHostile(b *testing.B) {
	for _, c := range []struct {
		name, pattern, piece string
		slashes              bool
	}{
		{"stars", strings.Repeat("*a", 12) + "b", "a", false},
		{"both", "**a" + strings.Repeat("*a", 12) + "b", "a", true},
		{"components", "**/" + strings.Repeat("*a*/", 6) + "b", "aa/", true},
	} {
		for _, n := range []int{1000, 2000, 4000} {
			b.Run(c.name+"/"+itoa(n), func(b *testing.B) {
				g := newGlob(c.pattern, c.slashes)
				body := text{body: strings.Repeat(c.piece, n/len(c.piece))}
				for b.Loop() {
					g.match(&body)
				}
			})
		}
	}
}
