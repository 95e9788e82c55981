package policy

import (
	"slices"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/workload"
)

func TestDecide(t *testing.T) {
	web := &ProfileRef{Type: TypeLocalhost, LocalhostProfile: "web.json"}
	p := &Policy{Mode: ModeAudit, Rules: []Rule{
		{Name: "web", Match: Match{Namespaces: []string{"web"}}, Action: ActionReplace, Profile: web, Mode: ModeEnforce},
		{Name: "no", Match: Match{Namespaces: []string{"bad*"}}, Action: ActionRefuse, Message: "not here"},
	}}
	for ns, want := range map[string]Decision{
		"web":   {Rule: 0, RuleName: "web", Action: ActionReplace, Mode: ModeEnforce, Profile: web, ProfileKey: "Localhost/web.json"},
		"bad-1": {Rule: 1, RuleName: "no", Action: ActionRefuse, Mode: ModeAudit, Message: "not here"},
	} {
		if got := decide(t, p, pod(ns, "")); got != want {
			t.Errorf("namespace %s: got %+v, want %+v", ns, got, want)
		}
	}
	got := decide(t, p, pod("else", ""))
	if got.Rule != -1 || got.RuleName != DefaultRule || got.Action != ActionFill || got.ProfileKey != TypeRuntimeDefault || got.Undecidable {
		t.Errorf("default: %+v", got)
	}
}

func TestExceptions(t *testing.T) {
	end := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	allow := []Call{{Names: []string{"ptrace"}}}
	p := &Policy{Mode: ModeEnforce, Exceptions: []Exception{
		{Name: "a", Match: Match{Namespaces: []string{"prod"}}, Allow: allow, Until: end},
		{Name: "b", Match: Match{Namespaces: []string{"dev"}}, Allow: allow, Until: end},
		{Name: "c", Match: Match{Namespaces: []string{"prod"}, Pods: []string{"db-*"}}, Allow: allow, Until: end.Add(time.Hour)},
		{Name: "d", Match: Match{Capabilities: &Capabilities{AnyOf: 1}}, Allow: allow, Until: end.Add(time.Hour)},
	}}
	c, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	w := pod("prod", "")
	for _, x := range []struct {
		now  time.Time
		want []int
	}{
		{end.Add(-time.Second), []int{0, 2}}, {end, []int{2}}, {end.Add(time.Hour), nil},
	} {
		d := c.Decide(w, x.now)
		if !slices.Equal(d.Exceptions.Indexes(), x.want) {
			t.Errorf("at %v: exceptions %v, want %v", x.now, d.Exceptions.Indexes(), x.want)
		}
		if unknown := x.now.Before(end.Add(time.Hour)); d.ExceptionsUnknown.Has(3) != unknown || d.Undecidable {
			t.Errorf("at %v: %+v", x.now, d)
		}
	}
	trace := c.Explain(w, end)
	if !trace.Exceptions[0].Expired || trace.Exceptions[2].Answer != True || trace.Exceptions[3].Because != FieldCapabilities {
		t.Errorf("trace %+v", trace.Exceptions)
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	yes := true
	p := &Policy{
		Mode: ModeEnforce,
		Exceptions: []Exception{{
			Name: "e", Match: Match{Namespaces: []string{"*"}}, Allow: []Call{{Names: []string{"ptrace"}}},
			Until: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		}},
		Rules: []Rule{{Name: "all", Action: ActionKeep, Match: Match{
			Engines: workload.Engines(), ContainerdNamespaces: []string{"k8s*"}, Namespaces: []string{"prod"}, Pods: []string{"db-*"},
			Containers: []string{"db"}, Images: []string{"nginx:1.?"}, Labels: []Selector{{{Key: "a", Operator: SelectDoesNotExist}}},
			PodLabels: []Selector{{{Key: "app", Operator: SelectIn, Values: []string{"db"}}}}, Annotations: []Annotation{{"a", []string{"b*"}}},
			RuntimeHandlers: []string{"*"}, Requested: workload.RequestUnset, Privileged: &yes, Except: &Match{Pods: []string{"x"}},
		}}},
	}
	c, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	matching := pod("prod", "")
	matching.Image, matching.Privileged = known("nginx:1.2"), known(true)
	if d := c.Decide(matching, time.Time{}); d.RuleName != "all" || !d.Exceptions.Has(0) {
		t.Fatalf("the rule does not match: %+v", c.Explain(matching, time.Time{}))
	}
	for name, w := range map[string]*workload.Workload{"matches": matching, "default": pod("dev", ""), "undecidable": {}} {
		if n := testing.AllocsPerRun(100, func() { c.Decide(w, time.Time{}) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestExplainTellsAboutEveryRule: the index leaves rules out of a decision, and the trace says why they did not match.
func TestExplainTellsAboutEveryRule(t *testing.T) {
	c, err := Compile(manyRules(6))
	if err != nil {
		t.Fatal(err)
	}
	trace := c.Explain(pod("team-4", digestOf(99)), time.Time{})
	if len(trace.Rules) != 5 || trace.Rules[0].Answer != False || trace.Rules[4].Answer != True || len(trace.NotTried) != 1 {
		t.Errorf("trace %+v", trace)
	}
}

func TestExplainQuotes(t *testing.T) {
	p := &Policy{Mode: ModeEnforce, Rules: []Rule{
		{Name: "a", Match: Match{Pods: []string{"x"}}, Action: ActionKeep}, {Name: "b", Match: Match{}, Action: ActionKeep}, {Name: "c", Match: Match{}, Action: ActionKeep},
	}}
	c, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	w := &workload.Workload{Pod: known("\x1b[2J\u202e\x7f")}
	trace := c.Explain(w, time.Time{})
	if got, want := trace.Rules[0].Fields[0], (FieldAnswer{Field: FieldPods, Answer: False, Want: `["x"]`, Saw: `"\u001b[2J\u202e\x7f"`}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(trace.Rules) != 2 || len(trace.NotTried) != 1 || trace.NotTried[0].Name != "c" {
		t.Errorf("trace %+v", trace)
	}
}
