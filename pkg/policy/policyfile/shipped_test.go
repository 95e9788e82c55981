package policyfile_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/workload"
)

const shipped = "../../../config/policies/"

// TestShippedPolicies: what is shipped can be applied by this version, and nothing about it looks wrong.
func TestShippedPolicies(t *testing.T) {
	names := files(t, shipped+"*.yaml")
	if want := []string{"bare-containerd.yaml", "baseline.yaml", "edge.yaml", "restricted.yaml"}; !cmp.Equal(names, want) {
		t.Errorf("shipped are %v, want %v", names, want)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			p := parse(t, name)
			for _, f := range p.Check(policy.Node{Now: now}) {
				t.Error(f)
			}
			data, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			var again policy.Policy
			if err := json.Unmarshal(data, &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p, &again); diff != "" {
				t.Errorf("JSON changes it (-before +after):\n%s", diff)
			}
		})
	}
}

// TestBaseline has what the installed policy promises for a node that nobody has looked at yet.
func TestBaseline(t *testing.T) {
	p := parse(t, "baseline.yaml")
	if p.Mode != policy.ModeAudit {
		t.Errorf("mode %s", p.Mode)
	}
	c, err := policy.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		change func(*workload.Workload)
		rule   string
		action policy.Action
	}{
		{func(*workload.Workload) {}, policy.DefaultRule, policy.ActionFill},
		{func(w *workload.Workload) { w.Privileged = workload.Known(true) }, "privileged", policy.ActionKeep},
		{func(w *workload.Workload) { w.Requested = workload.RequestUnconfined }, "asked-for-unconfined", policy.ActionKeep},
		{func(w *workload.Workload) { w.Namespace = workload.Known("kube-system") }, "kube-system", policy.ActionKeep},
		{func(w *workload.Workload) { w.Requested = workload.AnyRequest }, "", policy.ActionRefuse},
	} {
		w := &workload.Workload{
			Door: workload.DoorNRI, Engine: workload.Known(workload.EngineKubernetes), Namespace: workload.Known("default"),
			Requested: workload.RequestUnset, Privileged: workload.Known(false),
			Kinds: workload.KindContainer | workload.KindInit | workload.KindEphemeral,
		}
		x.change(w)
		if d := c.Decide(w, now); d.RuleName != x.rule || d.Action != x.action || d.Mode != policy.ModeAudit {
			t.Errorf("%+v, want rule %q and action %s", d, x.rule, x.action)
		}
	}
}

func parse(t *testing.T, name string) *policy.Policy {
	t.Helper()
	p, err := policyfile.Parse(name, read(t, shipped+name))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// FuzzParse: no text makes the parser panic or take a policy that cannot be compiled, stored and used.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{shipped + "*.yaml", "testdata/bad/*.yaml", "testdata/check/*.yaml"} {
		for _, path := range glob(f, pattern) {
			f.Add(read(f, path))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := policyfile.Parse("p.yaml", data)
		if err != nil {
			return
		}
		c, err := policy.Compile(p)
		if err != nil {
			t.Fatalf("parsed and not compiled: %v", err)
		}
		p.Check(policy.Node{Now: now})
		stored, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again policy.Policy
		if err := json.Unmarshal(stored, &again); err != nil {
			t.Fatal(err)
		}
		other, err := policy.Compile(&again)
		if err != nil {
			t.Fatalf("stored and not compiled: %v", err)
		}
		for _, w := range []*workload.Workload{{}, {
			Door: workload.DoorNRI, Engine: workload.Known(workload.EngineKubernetes), Namespace: workload.Known("default"),
			Image: workload.Known("nginx:1@" + "sha256:"), Requested: workload.RequestUnset, Kinds: workload.KindContainer,
		}} {
			d := c.Decide(w, now)
			if e := c.Explain(w, now).Decision; d != e {
				t.Fatalf("Decide %+v, Explain %+v", d, e)
			}
			o := other.Decide(w, now)
			o.Profile, d.Profile = nil, nil
			if !reflect.DeepEqual(d, o) {
				t.Fatalf("before it was stored %+v, after %+v", d, o)
			}
		}
	})
}

// TestTimeZones: an exception ends at the same instant wherever its author lives.
func TestTimeZones(t *testing.T) {
	p, err := policyfile.Parse("p.yaml", []byte(head+"mode: audit\nexceptions:\n- {name: a, match: {}, allow: [bpf], until: 2026-12-01T02:00:00+02:00}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC); !p.Exceptions[0].Until.Equal(want) {
		t.Errorf("until %v", p.Exceptions[0].Until)
	}
}
