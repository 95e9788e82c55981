package packfile_test

import (
	"slices"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/pack/packfile"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/syscalls"
)

func load(t *testing.T) map[string]*pack.Pack {
	t.Helper()
	packs, err := packfile.Load()
	if err != nil {
		t.Fatal(err)
	}
	return packs
}

// What a policy may name is what there is.
func TestNames(t *testing.T) {
	packs := load(t)
	for _, name := range policy.PackNames() {
		if packs[name] == nil {
			t.Errorf("a policy may name pack:%s, and there is none", name)
		}
	}
	for name := range packs {
		if !slices.Contains(policy.PackNames(), name) {
			t.Errorf("no policy may name pack:%s", name)
		}
	}
	groups := append(policy.GroupNames(), "")
	for _, group := range syscalls.Groups() {
		if !slices.Contains(groups, group) {
			t.Errorf("no policy may name @%s", group)
		}
	}
	for _, group := range policy.GroupNames() {
		if _, ok := syscalls.Group(group); !ok {
			t.Errorf("a policy may name @%s, and there is none", group)
		}
	}
}

// A condition on an argument that the kernel cuts is on what it leaves: a comparison of 64 bits is evaded by a bit above.
func TestConditionsAreOnWhatTheKernelUses(t *testing.T) {
	for _, p := range load(t) {
		for _, d := range p.Denials {
			for _, name := range d.Names {
				for _, a := range d.Args {
					bits := syscalls.ArgumentBits(name, int(a.Index))
					mask := uint64(1)<<bits - 1
					if a.Op == specs.OpEqualTo && bits < 64 || a.Op == specs.OpMaskedEqual && a.Value&^mask != 0 {
						t.Errorf("%s.yaml:%d: argument %d of %s has %d bits: MASKED_EQ with the mask %#x", p.Name, d.Line, a.Index, name, bits, mask)
					}
				}
			}
		}
	}
}

// Each text is one plain sentence or a part of one: it stands in a list.
func TestTexts(t *testing.T) {
	for _, p := range load(t) {
		for _, s := range []string{p.Why, p.Breaks, p.Leaves} {
			if s != "" && !strings.HasSuffix(s, ".") {
				t.Errorf("%s.yaml: no sentence: %q", p.Name, s)
			}
		}
		for _, d := range p.Denials {
			for _, s := range []string{d.Why, d.Around, d.Collateral} {
				if strings.HasSuffix(s, ".") {
					t.Errorf("%s.yaml:%d: a sentence in a list: %q", p.Name, d.Line, s)
				}
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const head = "name: n\naim: a\nwhy: w\nbreaks: b\ndenies:\n"
	for _, c := range []struct{ text, want string }{
		{"", "f.yaml:1:1: "},
		{"[]", "f.yaml:1:1: a pack must be a map, not a list"},
		{"name: n\naim: a\nwhy: w\nbreaks: b\n", "f.yaml:1:1: the pack denies nothing"},
		{"name: n\naim: a\nwhy: w\nincludes: [x]\n", "f.yaml:1:1: breaks is missing"},
		{head + "- {call: [mount], why: w}", `f.yaml:6:4: a denial has no field "call" (did you mean "calls"?)`},
		{head + "- mount", "f.yaml:6:3: a denial must be a map, not a string"},
		{head + "- {calls: [moutn], why: w}", `f.yaml:6:12: no system call is named "moutn" (did you mean mount?)`},
		{head + "- {calls: ['io_uring_*'], why: w}", `f.yaml:6:12: no system call is named "io_uring_*"`},
		{head + "- {calls: [mount, mount], why: w}", "f.yaml:6:19: mount stands twice"},
		{head + "- {calls: [], why: w}", "f.yaml:6:3: the denial names no call"},
		{head + "- {calls: [mount]}", "f.yaml:6:3: a denial has either why or around"},
		{head + "- {calls: [mount], why: w, around: a}", "f.yaml:6:3: a denial has either why or around"},
		{head + "- {calls: [mount], why: w, errno: EWHAT}", `f.yaml:6:35: no error is named "EWHAT"`},
		{head + "- {calls: [mount], why: w, args: []}", "args is an empty list (leave args out to deny the whole call)"},
		{head + "- {calls: [mount], why: w, args: [{index: 0, op: NE, value: 1}]}", `op cannot be "NE"`},
		{head + "- {calls: [mount], why: w, args: [{index: 6, op: EQ, value: 1}]}", "index must be a whole number from 0 to 5"},
		{head + "- {calls: [mount], why: w, args: [{index: 0, op: EQ}]}", "value is missing"},
		{head + "- {calls: [mount], why: w, args: [{index: 0, op: EQ, value: 1, valueTwo: 1}]}", "valueTwo means nothing for EQ"},
		{head + "- {calls: [mount], why: w, args: [{index: 0, op: MASKED_EQ, value: 1, valueTwo: 2}]}", "the mask is 0, or lacks bits"},
		{head + "- {calls: [mount], why: w, args: [{index: 0, op: EQ, value: 1}, {index: 0, op: EQ, value: 2}]}", "argument 0 has two conditions"},
		{head + "- {calls: [mount], why: w, anyBit: {index: 0}}", "anyBit wants index and flags"},
		{head + "- {calls: [mount], why: w, anyBit: {index: 0, flags: {MS_BIND: 3}}}", "MS_BIND is not a name in capitals with one bit"},
		{head + "- {calls: [mount], why: w, anyBit: {index: 0, flags: {ms_bind: 2}}}", "ms_bind is not a name in capitals with one bit"},
		{head + "- {calls: [mount], why: w, args: [{index: 0, op: EQ, value: 1}], anyBit: {index: 0, flags: {A: 1}}}", "a denial has either args or anyBit"},
	} {
		p, err := packfile.Parse("f.yaml", []byte(c.text))
		if err == nil || p != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\nwant %q\ngot  %v", c.text, c.want, err)
			continue
		}
		for _, line := range strings.Split(err.Error(), "\n") {
			if !strings.HasPrefix(line, "f.yaml:") {
				t.Errorf("a line without its place: %q", line)
			}
		}
	}
}
