package profile_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/profile"
)

func spo(t *testing.T, name, base, defaultAction, rules string) *profile.Profile {
	t.Helper()
	p, err := profile.ParseJSON(name+".json", fmt.Appendf(nil,
		`{"apiVersion": "security-profiles-operator.x-k8s.io/v1", "kind": "SeccompProfile", "spec": {"baseProfileName": %q, "defaultAction": %q, "syscalls": [%s]}}`,
		base, defaultAction, rules))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func lookup(profiles ...*profile.Profile) func(string) (*profile.Profile, error) {
	return func(name string) (*profile.Profile, error) {
		for _, p := range profiles {
			if p.Name == name+".json" {
				return p, nil
			}
		}
		return nil, fs.ErrNotExist
	}
}

func TestJoin(t *testing.T) {
	c := spo(t, "c", "", "SCMP_ACT_ERRNO", `{"names": ["exit", "mount"], "action": "SCMP_ACT_LOG"}`)
	b := spo(t, "b", "c", "SCMP_ACT_ERRNO", `{"names": ["write", "exit"], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}`)
	a := spo(t, "a", "b", "SCMP_ACT_ERRNO", `{"names": ["read", "mount"], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}`)
	p, err := profile.Join(a, lookup(b, c))
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.Resolve(profile.Target{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"read": "ALLOW", "write": "ALLOW", "exit": "ALLOW", "mount": "ALLOW", "socket": "ALLOW if, ALLOW if"} {
		if got := ruleOf(f, name); got != want {
			t.Errorf("%s: want %s, got %s", name, want, got)
		}
	}
	if a.Base != "b" || len(a.Rules) != 2 || len(b.Rules) != 2 || len(c.Rules[0].Names) != 2 {
		t.Error("Join changes its arguments")
	}
}

func TestJoinRefuses(t *testing.T) {
	cond := `{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}`
	for _, c := range []struct {
		p     *profile.Profile
		bases []*profile.Profile
		want  string
	}{
		{spo(t, "a", "a", "SCMP_ACT_ERRNO", ""), nil, "file does not exist"},
		{spo(t, "a", "b", "SCMP_ACT_ERRNO", ""), []*profile.Profile{spo(t, "b", "c", "SCMP_ACT_ERRNO", ""), spo(t, "c", "b", "SCMP_ACT_ERRNO", "")}, "the bases lead back to one another: a -> b -> c -> b"},
		{spo(t, "a", "b", "SCMP_ACT_ERRNO", ""), []*profile.Profile{spo(t, "b", "a", "SCMP_ACT_ERRNO", "")}, "the bases lead back to one another: a -> b -> a"},
		{spo(t, "a", "b", "SCMP_ACT_ERRNO", ""), []*profile.Profile{spo(t, "b", "", "SCMP_ACT_ALLOW", "")}, "its defaultAction SCMP_ACT_ALLOW is laxer"},
		{spo(t, "a", "b", "SCMP_ACT_ALLOW", ""), []*profile.Profile{spo(t, "b", "", "SCMP_ACT_ERRNO", `{"names": ["mount"], "action": "SCMP_ACT_KILL"}`)}, "SCMP_ACT_KILL of mount in \"b.json\" is stricter than the defaultAction SCMP_ACT_ALLOW"},
		{spo(t, "a", "b", "SCMP_ACT_ERRNO", `{"names": ["socket"], "action": "SCMP_ACT_LOG"}`), []*profile.Profile{spo(t, "b", "", "SCMP_ACT_ERRNO", cond)}, "both have rules for socket"},
	} {
		_, err := profile.Join(c.p, lookup(c.bases...))
		if c.p.Base == c.p.Name[:1] { // a base of its own name is found at once
			if err == nil || !strings.Contains(err.Error(), "a -> a") {
				t.Errorf("a profile that is its own base: %v", err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// ruleOf lists what a filter has for a call: action and errno, with "if" where it has conditions.
func ruleOf(f *specs.LinuxSeccomp, name string) string {
	var out []string
	for _, r := range f.Syscalls {
		for _, n := range r.Names {
			if n != name {
				continue
			}
			s := strings.TrimPrefix(string(r.Action), "SCMP_ACT_")
			if r.ErrnoRet != nil && *r.ErrnoRet == 38 {
				s += "(ENOSYS)"
			}
			if len(r.Args) > 0 {
				s += " if"
			}
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}
