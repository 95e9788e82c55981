package policy

import (
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// index finds the rules that can match a workload without trying the others. A rule is in exactly one of its lists.
// One that names exact image digests, or else exact namespaces, is found by them; every other is always tried.
type index struct {
	rest        []int32
	byNamespace bucket
	byDigest    bucket
}

// bucket holds the rules that match only certain values of one attribute, in the order of the policy.
type bucket struct {
	all []int32
	of  map[string][]int32
}

// candidates returns the rules that can hold for an attribute. Where it is unknown each of them is undecidable at best,
// and so must be tried in its place; where it is absent none of them matches.
func (b *bucket) candidates(a workload.Attr[string]) []int32 {
	v, t := seen(a)
	switch t {
	case True:
		return b.of[v]
	case Unknown:
		return b.all
	case False:
	}
	return nil
}

func (b *bucket) add(rule int32, values []string) {
	if b.of == nil {
		b.of = map[string][]int32{}
	}
	b.all = append(b.all, rule)
	for _, v := range values {
		if list := b.of[v]; len(list) == 0 || list[len(list)-1] != rule {
			b.of[v] = append(list, rule)
		}
	}
}

func newIndex(rules []Rule) index {
	var x index
	for i := range rules {
		m := &rules[i].Match
		if d := exactDigests(m); d != nil {
			x.byDigest.add(int32(i), d)
		} else if n := exactNamespaces(m); n != nil {
			x.byNamespace.add(int32(i), n)
		} else {
			x.rest = append(x.rest, int32(i))
		}
	}
	return x
}

// exactDigests returns the digests without one of which the match is false, or nil.
func exactDigests(m *Match) []string {
	var out []string
	for _, e := range m.Images {
		_, digest, ok := strings.Cut(e, "@")
		if !ok {
			return nil
		}
		out = append(out, digest)
	}
	return out
}

// exactNamespaces returns the namespaces without one of which the match is false, or nil.
func exactNamespaces(m *Match) []string {
	for _, n := range m.Namespaces {
		if !newGlob(n, false).literal {
			return nil
		}
	}
	return m.Namespaces
}

// cursor walks over three ascending lists of rules as if they were one.
type cursor struct {
	a, b, c []int32
}

func (x *index) candidates(w *workload.Workload) cursor {
	return cursor{a: x.rest, b: x.byNamespace.candidates(w.Namespace), c: x.byDigest.candidates(w.ImageDigest)}
}

// next returns the lowest rule that is left, or -1.
func (c *cursor) next() int {
	list := &c.a
	if len(c.b) > 0 && (len(*list) == 0 || c.b[0] < (*list)[0]) {
		list = &c.b
	}
	if len(c.c) > 0 && (len(*list) == 0 || c.c[0] < (*list)[0]) {
		list = &c.c
	}
	if len(*list) == 0 {
		return -1
	}
	rule := (*list)[0]
	*list = (*list)[1:]
	return int(rule)
}
