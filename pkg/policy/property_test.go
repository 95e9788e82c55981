package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/workload"
)

// TestIndexChangesNothing holds Decide against the naive meaning of a policy, and against Explain, which tries every rule
// in order without the index and evaluates every field, for random policies and workloads of which much is unknown.
func TestIndexChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	kinds := map[string]int{}
	for range 4000 {
		p := randomPolicy(rng)
		c, err := Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		for range 8 {
			w := randomWorkload(rng)
			got, explained := c.Decide(w, time.Time{}), c.Explain(w, time.Time{}).Decision
			if got != explained {
				t.Fatalf("Decide %+v, Explain %+v\nrules %+v\nworkload %+v", got, explained, p.Rules, w)
			}
			rule, undecidable := naiveDecision(p, w)
			if got.Rule != rule || got.UndecidableRule != undecidable {
				t.Fatalf("Decide %+v, naively rule %d or undecidable at %q\nrules %+v\nworkload %+v", got, rule, undecidable, p.Rules, w)
			}
			switch {
			case got.Undecidable:
				kinds["undecidable"]++
			case got.Rule < 0:
				kinds["default"]++
			default:
				kinds["rule"]++
			}
		}
	}
	for _, k := range []string{"undecidable", "default", "rule"} {
		if kinds[k] < 1000 {
			t.Errorf("only %d decisions of the kind %s: the generator is too narrow", kinds[k], k)
		}
	}
}

func randomPolicy(rng *rand.Rand) *Policy {
	p := &Policy{Mode: ModeEnforce}
	for i := range rng.IntN(12) {
		m := randomMatch(rng)
		if rng.IntN(4) == 0 {
			e := randomMatch(rng)
			if len(e.Given()) > 0 {
				m.Except = &e
			}
		}
		p.Rules = append(p.Rules, Rule{Name: "r" + itoa(i), Match: m, Action: ActionKeep})
	}
	return p
}

func randomMatch(rng *rand.Rand) Match {
	var m Match
	pick := func(from ...string) []string {
		if rng.IntN(5) < 3 {
			return nil
		}
		rng.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
		return from[:1+rng.IntN(2)]
	}
	m.Namespaces = pick("a", "b", "c", "a*")
	m.Images = pick("@"+digestOf(1), "@"+digestOf(2), "a@"+digestOf(1), "a", "b:*")
	m.Pods = pick("a", "?")
	m.Requested = workload.Requests(rng.IntN(2) * rng.IntN(16))
	if rng.IntN(4) == 0 {
		yes := rng.IntN(2) == 0
		m.Privileged = &yes
	}
	return m
}

func randomWorkload(rng *rand.Rand) *workload.Workload {
	attr := func(values ...string) workload.Attr[string] {
		switch n := rng.IntN(len(values) + 3); {
		case n < len(values):
			return known(values[n])
		case n == len(values):
			return workload.Absent[string]()
		}
		return workload.Unknown[string]()
	}
	w := &workload.Workload{
		Namespace: attr("a", "b", "ab", "z"), Pod: attr("a", "xy"), Image: attr("a", "a:1", "b:2", "z"),
		ImageDigest: attr(digestOf(1), digestOf(2), digestOf(3)), Requested: workload.Requests(1 + rng.IntN(15)),
	}
	if rng.IntN(3) > 0 {
		w.Privileged = known(rng.IntN(2) == 0)
	}
	return w
}

// naiveDecision tries rules from the top and fields one by one, with the rules of three-valued logic spelled out.
func naiveDecision(p *Policy, w *workload.Workload) (rule int, undecidable string) {
	for i, r := range p.Rules {
		t := naiveMatch(&r.Match, w)
		if r.Match.Except != nil {
			t = min(t, 2-naiveMatch(r.Match.Except, w))
		}
		switch t {
		case 2:
			return i, ""
		case 1:
			return -1, r.Name
		}
	}
	return -1, ""
}

func naiveMatch(m *Match, w *workload.Workload) int {
	all := []int{2}
	if len(m.Namespaces) > 0 {
		all = append(all, naiveAny(w.Namespace, m.Namespaces))
	}
	if len(m.Pods) > 0 {
		all = append(all, naiveAny(w.Pod, m.Pods))
	}
	if len(m.Images) > 0 {
		best := 0
		for _, e := range m.Images {
			name, digest, hasDigest := strings.Cut(e, "@")
			one := 2
			if hasDigest {
				one = min(one, naiveAny(w.ImageDigest, []string{digest}))
			}
			if name != "" {
				// The names of the generator differ in the tag alone, so the tag decides what is compared.
				image, _ := w.Image.Value()
				if !strings.Contains(name, ":") {
					image, _, _ = strings.Cut(image, ":")
				}
				a := w.Image
				if a.State() == workload.StateKnown {
					a = known(image)
				}
				one = min(one, naiveAny(a, []string{name}))
			}
			best = max(best, one)
		}
		all = append(all, best)
	}
	if m.Requested != 0 {
		inside, outside := 0, 0
		for _, n := range w.Requested.Names() {
			if slices.Contains(m.Requested.Names(), n) {
				inside++
			} else {
				outside++
			}
		}
		switch {
		case outside == 0:
			all = append(all, 2)
		case inside == 0:
			all = append(all, 0)
		default:
			all = append(all, 1)
		}
	}
	if m.Privileged != nil {
		v, ok := w.Privileged.Value()
		switch {
		case !ok:
			all = append(all, 1)
		case v == *m.Privileged:
			all = append(all, 2)
		default:
			all = append(all, 0)
		}
	}
	return slices.Min(all)
}

func naiveAny(a workload.Attr[string], globs []string) int {
	v, ok := a.Value()
	switch {
	case a.State() == workload.StateAbsent:
		return 0
	case !ok:
		return 1
	}
	for _, g := range globs {
		if naiveGlob(g, v, false) {
			return 2
		}
	}
	return 0
}
