package difference_test

import (
	"slices"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
)

var amd64 = host.Assume("amd64")

var all = []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}

func errno(n uint) *uint { return &n }

func filter(def specs.LinuxSeccompAction, rules ...specs.LinuxSyscall) *specs.LinuxSeccomp {
	return &specs.LinuxSeccomp{DefaultAction: def, Architectures: all, Syscalls: rules}
}

func call(a specs.LinuxSeccompAction, n *uint, args []specs.LinuxSeccompArg, names ...string) specs.LinuxSyscall {
	return specs.LinuxSyscall{Names: names, Action: a, ErrnoRet: n, Args: args}
}

var eight = []specs.LinuxSeccompArg{{Index: 0, Value: 8, Op: specs.OpEqualTo}}

var nine = []specs.LinuxSeccompArg{{Index: 0, Value: 9, Op: specs.OpEqualTo}}

func TestFilters(t *testing.T) {
	allow := filter(specs.ActAllow)
	tests := []struct {
		name          string
		before, after *specs.LinuxSeccomp
		want          difference.Calls
		looser        policy.Truth
	}{
		{"the same", allow, filter(specs.ActAllow), difference.Calls{}, policy.False},
		{"from none", nil, filter(specs.ActAllow, call(specs.ActErrno, nil, nil, "mkdir")), difference.Calls{Denied: []string{"mkdir"}}, policy.False},
		{"to none", filter(specs.ActAllow, call(specs.ActErrno, nil, nil, "mkdir")), nil, difference.Calls{Allowed: []string{"mkdir"}}, policy.True},
		{
			"another errno", filter(specs.ActAllow, call(specs.ActErrno, nil, nil, "mkdir")), filter(specs.ActAllow, call(specs.ActErrno, errno(38), nil, "mkdir")),
			difference.Calls{Answered: []string{"mkdir"}}, policy.False,
		},
		{
			"the same errno, given", filter(specs.ActAllow, call(specs.ActErrno, nil, nil, "mkdir")), filter(specs.ActAllow, call(specs.ActErrno, errno(1), nil, "mkdir")),
			difference.Calls{}, policy.False,
		},
		{"logged", allow, filter(specs.ActAllow, call(specs.ActLog, nil, nil, "mkdir")), difference.Calls{Answered: []string{"mkdir"}}, policy.False},
		{
			"a condition appears on a denial", filter(specs.ActAllow, call(specs.ActErrno, nil, nil, "mkdir")), filter(specs.ActAllow, call(specs.ActErrno, nil, eight, "mkdir")),
			difference.Calls{Conditional: []string{"mkdir"}}, policy.True,
		},
		{
			"a condition appears on what was allowed", allow, filter(specs.ActAllow, call(specs.ActErrno, nil, eight, "mkdir")),
			difference.Calls{Conditional: []string{"mkdir"}}, policy.False,
		},
		{
			"another condition", filter(specs.ActAllow, call(specs.ActErrno, nil, eight, "mkdir")), filter(specs.ActAllow, call(specs.ActErrno, nil, nine, "mkdir")),
			difference.Calls{Conditional: []string{"mkdir"}}, policy.Unknown,
		},
		{
			"conditions that deny whatever the arguments", filter(specs.ActErrno, call(specs.ActErrno, errno(38), eight, "mkdir")), filter(specs.ActErrno),
			difference.Calls{Answered: []string{"mkdir"}}, policy.False,
		},
		{
			"an unconditional rule makes the others vanish", filter(specs.ActAllow, call(specs.ActErrno, nil, nil, "mkdir")),
			filter(specs.ActAllow, call(specs.ActErrno, nil, eight, "mkdir"), call(specs.ActErrno, nil, nil, "mkdir")),
			difference.Calls{}, policy.False,
		},
		{
			"a rule like the default does nothing", allow, filter(specs.ActAllow, call(specs.ActAllow, nil, nil, "mkdir")),
			difference.Calls{}, policy.False,
		},
		{
			"a supervisor decides", filter(specs.ActAllow, call(specs.ActErrno, nil, nil, "mkdir")), filter(specs.ActAllow, call(specs.ActNotify, nil, nil, "mkdir")),
			difference.Calls{Answered: []string{"mkdir"}}, policy.True,
		},
		{
			"an ABI less", allow, &specs.LinuxSeccomp{DefaultAction: specs.ActAllow},
			difference.Calls{Closed: []specs.Arch{specs.ArchX86, specs.ArchX32}}, policy.False,
		},
		{
			"an ABI more", &specs.LinuxSeccomp{DefaultAction: specs.ActAllow}, allow,
			difference.Calls{Opened: []specs.Arch{specs.ArchX86, specs.ArchX32}}, policy.True,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := difference.Filters(tt.before, tt.after, amd64)
			same := slices.Equal(got.Denied, tt.want.Denied) && slices.Equal(got.Allowed, tt.want.Allowed) &&
				slices.Equal(got.Conditional, tt.want.Conditional) && slices.Equal(got.Answered, tt.want.Answered) &&
				slices.Equal(got.Opened, tt.want.Opened) && slices.Equal(got.Closed, tt.want.Closed)
			if !same {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if l := difference.Looser(tt.before, tt.after, amd64); l != tt.looser {
				t.Errorf("looser: %s, want %s", l, tt.looser)
			}
		})
	}
}

// Calls that no table has are answered by the default.
func TestLooserLooksAtTheDefault(t *testing.T) {
	names := difference.Filters(nil, filter(specs.ActErrno), amd64).Denied
	before := filter(specs.ActErrno, call(specs.ActAllow, nil, nil, names...))
	if l := difference.Looser(before, filter(specs.ActAllow), amd64); l != policy.True {
		t.Errorf("looser: %s, want yes", l)
	}
}
