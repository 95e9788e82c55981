package policy

import (
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/workload"
)

// TestUndecidable has the five ways in which a match cannot be decided: an attribute that the door cannot see; a request
// and a kind that it sees only in part; a list of which the visible alternatives do not match; an except that is unknown.
func TestUndecidable(t *testing.T) {
	for _, c := range []struct {
		name  string
		match Match
		field Field
	}{
		{"attribute", Match{Namespaces: []string{"a"}, Capabilities: &Capabilities{AnyOf: 1}}, FieldCapabilities},
		{"request", Match{Requested: workload.RequestUnconfined}, FieldRequested},
		{"kind", Match{ContainerKinds: workload.KindInit}, FieldContainerKinds},
		{"list", Match{Images: []string{"other", "@" + digestOf(1)}}, FieldImages},
		{"both", Match{Capabilities: &Capabilities{AnyOf: 1}, Except: &Match{Requested: workload.RequestUnset}}, FieldCapabilities},
		{"except", Match{Namespaces: []string{"a"}, Except: &Match{Capabilities: &Capabilities{AnyOf: 1}}}, "except.capabilities"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := pod("a", "")
			w.ImageDigest = workload.Unknown[string]()
			w.Requested = workload.RequestUnconfined | workload.RequestUnset
			p := &Policy{Mode: ModeEnforce, Rules: []Rule{
				{Name: "false", Match: Match{Namespaces: []string{"b"}, Capabilities: &Capabilities{AnyOf: 1}}, Action: ActionKeep},
				{Name: "unknown", Match: c.match, Action: ActionKeep},
				{Name: "later", Match: Match{}, Action: ActionKeep},
			}}
			want := Decision{Rule: -1, Action: ActionRefuse, Mode: ModeEnforce, Undecidable: true, UndecidableRule: "unknown", UndecidableField: c.field}
			if got := decide(t, p, w); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			p.OnError = OnErrorRuntimeDefault
			got := decide(t, p, w)
			if got.Action != ActionRestrict || got.ProfileKey != TypeRuntimeDefault || !got.Undecidable {
				t.Errorf("with onError RuntimeDefault: %+v", got)
			}
			// One false member settles it, whatever is unknown beside it.
			p.Rules[1].Match.Pods = []string{"other"}
			if got := decide(t, p, w); got.RuleName != "later" {
				t.Errorf("with a false member: %+v", got)
			}
		})
	}
}

func TestUndecidableMode(t *testing.T) {
	w := &workload.Workload{}
	for _, c := range []struct{ policy, rule, want Mode }{
		{ModeAudit, "", ModeAudit}, {ModeAudit, ModeEnforce, ModeEnforce}, {ModeEnforce, ModeAudit, ModeEnforce}, {ModeEnforce, "", ModeEnforce},
	} {
		p := &Policy{Mode: c.policy, Rules: []Rule{{Name: "r", Mode: c.rule, Match: Match{Pods: []string{"a"}}, Action: ActionKeep}}}
		if got := decide(t, p, w); got.Mode != c.want {
			t.Errorf("policy %s, rule %q: %s, want %s", c.policy, c.rule, got.Mode, c.want)
		}
	}
}

func decide(t *testing.T, p *Policy, w *workload.Workload) Decision {
	t.Helper()
	c, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return c.Decide(w, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
}
