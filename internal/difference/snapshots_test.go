package difference_test

import (
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

const head = "apiVersion: seccompd/v1\nkind: NodePolicy\n"

func snap(t *testing.T, text string, profiles map[string]*profile.Profile) *snapshot.Snapshot {
	t.Helper()
	p, err := policyfile.Parse("policy.yaml", []byte(head+text))
	if err != nil {
		t.Fatal(err)
	}
	s := &snapshot.Snapshot{Created: time.Unix(0, 0), Policy: p, Profiles: profiles, Facts: amd64}
	if _, err := s.Encode(); err != nil {
		t.Fatal(err)
	}
	return s
}

func denying(names ...string) map[string]*profile.Profile {
	return map[string]*profile.Profile{"Localhost/web.json": {
		Dialect: profile.OCI, DefaultAction: specs.ActAllow,
		Rules: []profile.Rule{{Names: names, Action: specs.ActErrno}},
	}}
}

// Every answer is about a policy in force that another one takes the place of.
func TestWeaker(t *testing.T) {
	const (
		a    = "- {name: a, match: {namespaces: [a]}, action: refuse}\n"
		b    = "- {name: b, match: {namespaces: [b]}, action: keep}\n"
		web  = "mode: enforce\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: web.json}}\n"
		rule = "mode: enforce\nrules:\n"
	)
	tests := []struct {
		name          string
		before, after string
		was, is       map[string]*profile.Profile
		want          policy.Truth
	}{
		{"the same", rule + a, rule + a, nil, nil, policy.False},
		{"enforce to audit", "mode: enforce", "mode: audit", nil, nil, policy.True},
		{"audit to enforce", "mode: audit", "mode: enforce", nil, nil, policy.False},
		{"audit to an enforced replace", "mode: audit\ndefault: {action: replace, profile: {type: RuntimeDefault}}", "mode: enforce\ndefault: {action: replace, profile: {type: RuntimeDefault}}", nil, nil, policy.Unknown},
		{"anything from audit", "mode: audit\nrules:\n" + a, "mode: audit\nrules:\n" + b, nil, nil, policy.False},
		{"a refusal is added", rule + b, rule + a + b, nil, nil, policy.False},
		{"a refusal is added that is only audited", rule + b, rule + "- {name: a, match: {namespaces: [a]}, action: refuse, mode: audit}\n" + b, nil, nil, policy.Unknown},
		{"a rule is added", rule + a, rule + b + a, nil, nil, policy.Unknown},
		{"a rule is removed", rule + a + b, rule + b, nil, nil, policy.Unknown},
		{"rules change places", rule + a + b, rule + b + a, nil, nil, policy.Unknown},
		{"a match changes", rule + a, rule + "- {name: a, match: {namespaces: [a, c]}, action: refuse}\n", nil, nil, policy.Unknown},
		{"a message changes", rule + a, rule + "- {name: a, match: {namespaces: [a]}, action: refuse, message: no}\n", nil, nil, policy.False},
		{"denials are logged", rule + a, rule + "- {name: a, match: {namespaces: [a]}, action: refuse, logDenials: true}\nlogDenials: true\n", nil, nil, policy.False},
		{"a rule goes to audit", rule + a, rule + "- {name: a, match: {namespaces: [a]}, action: refuse, mode: audit}\n", nil, nil, policy.True},
		{"keep becomes refuse", rule + b, rule + "- {name: b, match: {namespaces: [b]}, action: refuse}\n", nil, nil, policy.False},
		{"keep becomes fill", rule + b, rule + "- {name: b, match: {namespaces: [b]}, action: fill, profile: {type: RuntimeDefault}}\n", nil, nil, policy.False},
		{"refuse becomes keep", rule + a, rule + "- {name: a, match: {namespaces: [a]}, action: keep}\n", nil, nil, policy.Unknown},
		{"an exception is added", rule + a, rule + a + "exceptions:\n- {name: e, match: {namespaces: [a]}, skip: [a], until: 2026-12-01T00:00:00Z, reason: r}\n", nil, nil, policy.True},
		{"an exception is removed", rule + a + "exceptions:\n- {name: e, match: {namespaces: [a]}, skip: [a], until: 2026-12-01T00:00:00Z, reason: r}\n", rule + a, nil, nil, policy.False},
		{"a profile denies more", web, web, denying("mkdir"), denying("mkdir", "rmdir"), policy.False},
		{"a profile denies less", web, web, denying("mkdir", "rmdir"), denying("mkdir"), policy.True},
		{"a profile denies something else", web, web, denying("mkdir"), denying("rmdir"), policy.True},
		{"onError gets laxer", "mode: enforce\nonError: refuse", "mode: enforce\nonError: RuntimeDefault", nil, nil, policy.Unknown},
		{"the architectures are kept", "mode: enforce", "mode: enforce\narchitectures: keep", nil, nil, policy.Unknown},
		{"a refusal to weaken is taken back", "mode: enforce\nrefuseWeakening: true", "mode: enforce", nil, nil, policy.False},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := difference.Between(snap(t, tt.before, tt.was), snap(t, tt.after, tt.is))
			if d.Weaker != tt.want {
				t.Errorf("weaker: %s (%q), want %s", d.Weaker, d.Because, tt.want)
			}
			if (d.Weaker == policy.False) != (len(d.Because) == 0) {
				t.Errorf("weaker: %s, because %q", d.Weaker, d.Because)
			}
		})
	}
}

// What moved is as little as possible: one rule that goes from the end to the start, and not all the others.
func TestMovedIsLittle(t *testing.T) {
	rules := func(names ...string) string {
		s := "mode: enforce\nrules:\n"
		for _, n := range names {
			s += "- {name: " + n + ", match: {namespaces: [" + n + "]}, action: keep}\n"
		}
		return s
	}
	d := difference.Between(snap(t, rules("a", "b", "c", "d"), nil), snap(t, rules("d", "a", "b", "c"), nil))
	if len(d.Rules) != 1 || d.Rules[0].Name != "d" || d.Rules[0].How != difference.Moved || d.Rules[0].From != 4 || d.Rules[0].To != 1 {
		t.Errorf("got %+v", d.Rules)
	}
}

// Where a rule stands in its file, and how it is written, is no change.
func TestPlacesAreNoChange(t *testing.T) {
	d := difference.Between(
		snap(t, "mode: enforce\nrules:\n- {name: a, match: {namespaces: [a], except: {pods: [x]}}, action: keep}\n", nil),
		snap(t, "# longer\nmode: enforce\n\nrules:\n- name: a\n  match:\n    namespaces: [a]\n    except:\n      pods: [x]\n  action: keep\n", nil))
	if !d.Empty() {
		t.Errorf("got %+v", d)
	}
}

// Floors are compared by what they deny, however they are written.
func TestFloorChanges(t *testing.T) {
	built := func(text string) *snapshot.Snapshot {
		src, err := build.Text("policy.yaml", []byte(head+"mode: enforce\n"+text), nil)
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := src.Build(build.Node{Facts: amd64, Now: time.Unix(0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Encode(); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, tt := range []struct {
		before, after string
		want          policy.Truth
	}{
		{"floor: {deny: [mount, keyctl]}\n", "floor: {deny: [keyctl, mount, bpf]}\n", policy.False},
		{"floor: {deny: [mount, keyctl]}\n", "floor: {deny: [mount]}\n", policy.True},
		{"floor: {deny: [mount]}\n", "floor: {deny: [\"moun?\"]}\n", policy.False},
		{"floor: {deny: [mount]}\n", "floor: {mode: audit, deny: [mount]}\n", policy.True},
		{"floor: {deny: [mount]}\n", "", policy.True},
		{"floor: {deny: [mount]}\n", "floor: {deny: [mount, {names: [bpf], until: 2100-01-01T00:00:00Z}]}\n", policy.False},
		{"floor: {deny: [{names: [bpf], until: 2100-01-01T00:00:00Z}]}\n", "floor: {deny: [{names: [bpf], until: 2099-01-01T00:00:00Z}]}\n", policy.Unknown},
		{"floor: {deny: [mount, {names: [bpf], until: 2100-01-01T00:00:00Z}]}\n", "floor: {deny: [{names: [bpf], until: 2100-01-01T00:00:00Z}]}\n", policy.True},
		{"", "floor: {deny: [mount]}\n", policy.False},
		{"floor: {deny: [mount]}\n", "floor: {profile: {type: Localhost, localhostProfile: builtin/block-unshare}}\n", policy.Unknown},
	} {
		if d := difference.Between(built(tt.before), built(tt.after)); d.Weaker != tt.want {
			t.Errorf("from %q to %q: weaker: %s (%q), want %s", tt.before, tt.after, d.Weaker, d.Because, tt.want)
		}
	}
}
