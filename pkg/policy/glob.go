package policy

import "strings"

// glob is a compiled pattern in which * stands for any text and ? for any one byte; there is no escape character, and
// upper and lower case differ. In the pattern of an image reference (slashes) * and ? do not stand for a "/", and ** does.
//
// Matching follows two pointers and remembers one place per kind of star, so the time is linear in the length of the
// text, which a workload's author may choose freely.
type glob struct {
	pattern string
	slashes bool
	literal bool
}

func newGlob(pattern string, slashes bool) glob {
	return glob{pattern: pattern, slashes: slashes, literal: !strings.ContainsAny(pattern, "*?")}
}

// text is a string in three pieces, so that the normalised form of an image reference needs no memory.
type text struct{ prefix, body, suffix string }

func (t *text) len() int { return len(t.prefix) + len(t.body) + len(t.suffix) }

func (t *text) at(i int) byte {
	if i < len(t.prefix) {
		return t.prefix[i]
	}
	i -= len(t.prefix)
	if i < len(t.body) {
		return t.body[i]
	}
	return t.suffix[i-len(t.body)]
}

// slashFrom returns the index of the first "/" at or after i, or -1.
func (t *text) slashFrom(i int) int {
	for n := t.len(); i < n; i++ {
		if t.at(i) == '/' {
			return i
		}
	}
	return -1
}

func (g *glob) matchString(s string) bool {
	if g.literal {
		return s == g.pattern
	}
	t := text{body: s}
	return g.match(&t)
}

// match is the two-pointer algorithm with a second level. On a mismatch the last * within a component takes one byte more.
// Where it would have to take a "/", the last ** moves on instead, and at once past that component: any other start of the
// rest within it reaches the same * later in the same component, where less is left to try.
func (g *glob) match(t *text) bool {
	p, i, n := 0, 0, t.len()
	single, singleAt := -1, 0 // the pattern behind the last *, and where in the text its rest is tried
	double, doubleAt := -1, 0 // the same for the last **
	for {
		switch {
		case p < len(g.pattern) && g.pattern[p] == '*':
			next := p + 1
			for next < len(g.pattern) && g.pattern[next] == '*' {
				next++
			}
			if !g.slashes || next-p > 1 {
				double, doubleAt, single = next, i, -1
			} else {
				single, singleAt = next, i
			}
			p = next
			continue
		case i < n && p < len(g.pattern) && g.takes(g.pattern[p], t.at(i)):
			p, i = p+1, i+1
			continue
		case i == n && p == len(g.pattern):
			return true
		}
		switch {
		case single >= 0 && singleAt < n && t.at(singleAt) != '/':
			singleAt++
			p, i = single, singleAt
		case double >= 0 && single >= 0:
			slash := t.slashFrom(doubleAt)
			if slash < 0 {
				return false
			}
			doubleAt, single = slash+1, -1
			p, i = double, doubleAt
		case double >= 0 && doubleAt < n:
			doubleAt++
			p, i = double, doubleAt
		default:
			return false
		}
	}
}

// takes reports whether a byte of the pattern that is no star accepts a byte of the text.
func (g *glob) takes(pattern, c byte) bool {
	if pattern == '?' {
		return !g.slashes || c != '/'
	}
	return pattern == c
}
