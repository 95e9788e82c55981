package pack_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/profile"
)

func args(a ...specs.LinuxSeccompArg) []specs.LinuxSeccompArg { return a }

func eq(index uint, value uint64) specs.LinuxSeccompArg {
	return specs.LinuxSeccompArg{Index: index, Value: value, Op: specs.OpEqualTo}
}

func calls(names ...string) []profile.Call { return []profile.Call{{Names: names}} }

var afNoSupport = uint(97)

// small are packs as small as they can be, for what Expand does with any.
var small = map[string]*pack.Pack{
	"flags": {Name: "flags", Denials: []pack.Denial{
		{Names: []string{"clone"}, Bits: &pack.Bits{Index: 0, S390: 1, Flags: []pack.Flag{{Name: "CLONE_NEWNS", Value: 0x20000}}}, Why: "w"},
		{Names: []string{"unshare"}, Bits: &pack.Bits{Flags: []pack.Flag{{Name: "CLONE_NEWNS", Value: 0x20000}}}, Why: "w"},
		{Names: []string{"unshare"}, Around: "later flags", Collateral: "other unshare"},
		{Names: []string{"clone3"}, Around: "memory", Collateral: "clone3"},
	}},
	"family": {Name: "family", Denials: []pack.Denial{
		{Names: []string{"socket"}, Args: args(eq(0, 38)), Errno: &afNoSupport, Why: "w"},
		{Names: []string{"socketcall"}, Args: args(eq(0, 1)), Errno: &afNoSupport, Around: "memory", Collateral: "every socket"},
	}},
	"both": {Name: "both", Includes: []string{"flags", "family"}, Denials: []pack.Denial{{Names: []string{"mount"}, Why: "w"}}},
}

// show writes rules in a line each.
func show(rules []profile.Rule) string {
	var b strings.Builder
	for _, r := range rules {
		fmt.Fprintf(&b, "%s %d", strings.Join(r.Names, " "), *r.ErrnoRet)
		for _, a := range r.Args {
			fmt.Fprintf(&b, " %d%s%#x,%#x", a.Index, strings.TrimPrefix(string(a.Op), "SCMP_CMP_"), a.Value, a.ValueTwo)
		}
		if r.Includes != nil {
			b.WriteString(" on " + strings.Join(r.Includes.Arches, " "))
		}
		if r.Excludes != nil {
			b.WriteString(" not on " + strings.Join(r.Excludes.Arches, " "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestExpand(t *testing.T) {
	socket38 := profile.Call{Names: []string{"socket"}, Args: args(eq(0, 38))}
	for _, c := range []struct {
		name  string
		calls []profile.Call
		open  []string
		want  string
	}{
		{"names and globs", calls("mount", "io_uring_*", "mount"), nil, "io_uring_enter io_uring_register io_uring_setup 38\nmount 1\n"},
		{"group", calls("@swap"), nil, "swapoff swapon 1\n"},
		{"conditions", []profile.Call{socket38}, nil, "socket 1 0EQ0x26,0x0\n"},
		{"whole beside conditions", append(calls("socket"), socket38), nil, "socket 1\n"},
		{"pack", calls("pack:flags"), nil, "clone3 38\nunshare 1\nclone 1 0MASKED_EQ0x20000,0x20000 not on s390 s390x\nclone 1 1MASKED_EQ0x20000,0x20000 on s390 s390x\n"},
		{"left open", calls("pack:flags"), []string{"unshare", "clone3"}, "unshare 1 0MASKED_EQ0x20000,0x20000\nclone 1 0MASKED_EQ0x20000,0x20000 not on s390 s390x\nclone 1 1MASKED_EQ0x20000,0x20000 on s390 s390x\n"},
		{"left open and denied", calls("pack:flags", "unshare"), []string{"unshare"}, "clone3 38\nunshare 1\nclone 1 0MASKED_EQ0x20000,0x20000 not on s390 s390x\nclone 1 1MASKED_EQ0x20000,0x20000 on s390 s390x\n"},
		{"stricter errno", []profile.Call{{Names: []string{"pack:family"}}, socket38}, nil, "socketcall 97 0EQ0x1,0x0\nsocket 1 0EQ0x26,0x0\n"},
		{"included", calls("pack:both", "pack:family"), []string{"socketcall", "unshare", "clone3"}, "mount 1\nsocket 97 0EQ0x26,0x0\nunshare 1 0MASKED_EQ0x20000,0x20000\nclone 1 0MASKED_EQ0x20000,0x20000 not on s390 s390x\nclone 1 1MASKED_EQ0x20000,0x20000 on s390 s390x\n"},
		{"nothing", nil, nil, ""},
	} {
		e, err := pack.Expand(c.calls, c.open, small)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, show(e.Rules)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestExpandRefuses(t *testing.T) {
	for _, c := range []struct {
		calls []profile.Call
		open  []string
		want  string
	}{
		{calls("pack:famly"), nil, `no pack is named "pack:famly" (did you mean "pack:family"?)`},
		{calls("pack:"), nil, `(known packs: both, family, flags)`},
		{[]profile.Call{{Names: []string{"pack:family"}, Args: args(eq(0, 1))}}, nil, "pack:family has conditions on arguments"},
		{calls("@swop"), nil, `did you mean "@swap"?`},
		{calls("moutn"), nil, `did you mean "mount"?`},
		{calls(), nil, "an entry names no system call"},
		{calls("pack:family"), []string{"socket"}, `"socket" cannot be left open: the collateral is socketcall`},
		{calls("mount"), []string{"mount"}, "nothing that is denied is collateral"},
	} {
		if e, err := pack.Expand(c.calls, c.open, small); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v and %v", c.want, err, e)
		}
	}
}

func TestCollateral(t *testing.T) {
	e, err := pack.Expand(calls("pack:both"), []string{"socketcall", "clone3"}, small)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range e.Collateral {
		got = append(got, c.String())
	}
	want := []string{
		"pack:both also denies other unshare (to leave it open: unshare)",
		"pack:both leaves open clone3: clone3; so this way round stays: memory",
		"pack:both leaves open socketcall: every socket; so this way round stays: memory; not for a container whose filter permits by default, as an unconfined one: there libseccomp denies it along with the calls that go through it",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e.Collateral[0].Open || !e.Collateral[1].Open {
		t.Errorf("open: %v", e.Collateral)
	}
	if diff := cmp.Diff([]profile.Call{{Names: []string{"socketcall"}, Args: args(eq(0, 1))}}, e.Exempt); diff != "" {
		t.Errorf("exempt (-want +got):\n%s", diff)
	}
	if e, err = pack.Expand(calls("pack:both", "socketcall"), []string{"socketcall"}, small); err != nil || len(e.Exempt) > 0 {
		t.Errorf("exempt though another entry denies it: %v, %v", e, err)
	}
}

// The rules do not depend on the order of the list.
func TestExpandIsDeterministic(t *testing.T) {
	list := []profile.Call{
		{Names: []string{"pack:family"}}, {Names: []string{"pack:flags", "socket"}}, {Names: []string{"@clock", "somefuturecallofours"}},
		{Names: []string{"socket"}, Args: args(eq(0, 38))}, {Names: []string{"keyctl"}, Args: args(eq(0, 1), eq(1, 2))},
	}
	want, err := pack.Expand(list, nil, small)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Findings) != 1 {
		t.Errorf("findings: %v", want.Findings)
	}
	for range 20 {
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		got, err := pack.Expand(list, nil, small)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Rules, got.Rules); diff != "" {
			t.Fatalf("another order gives other rules:\n%s", diff)
		}
	}
}
