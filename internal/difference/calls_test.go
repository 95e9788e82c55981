package difference_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/difference"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/syscalls"
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
			"a condition appears on a denial", filter(specs.ActAllow, call(specs.ActErrno, nil, nil, "socket")), filter(specs.ActAllow, call(specs.ActErrno, nil, eight, "socket")),
			difference.Calls{Allowed: []string{"socket(arg0&0xfffffff8=0)"}}, policy.True,
		},
		{
			"a condition appears on what was allowed", allow, filter(specs.ActAllow, call(specs.ActErrno, nil, eight, "timer_delete")),
			difference.Calls{Denied: []string{"timer_delete(arg0=8)"}}, policy.False,
		},
		{
			"another condition", filter(specs.ActAllow, call(specs.ActErrno, nil, eight, "timer_delete")), filter(specs.ActAllow, call(specs.ActErrno, nil, nine, "timer_delete")),
			difference.Calls{Denied: []string{"timer_delete(arg0=9)"}, Allowed: []string{"timer_delete(arg0=8)"}}, policy.True,
		},
		{
			"the same in other words", filter(specs.ActAllow, call(specs.ActErrno, nil, eight, "timer_delete")),
			filter(specs.ActAllow, call(specs.ActErrno, nil, []specs.LinuxSeccompArg{{Index: 0, Value: 0xffffffff, ValueTwo: 8, Op: specs.OpMaskedEqual}}, "timer_delete")),
			difference.Calls{}, policy.False,
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
			difference.Calls{Allowed: []string{"mkdir"}}, policy.True,
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
			got, err := difference.Filters(tt.before, tt.after, amd64)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if l := difference.Looser(tt.before, tt.after, amd64); l != tt.looser {
				t.Errorf("looser: %s, want %s", l, tt.looser)
			}
		})
	}
}

// Calls that no table has are answered by the default.
func TestLooserLooksAtTheDefault(t *testing.T) {
	var names []string
	for _, abi := range amd64.ABIs {
		table, _ := syscalls.Table(abi)
		names = append(names, table.Names()...)
	}
	before := filter(specs.ActErrno, call(specs.ActAllow, nil, nil, names...))
	if l := difference.Looser(before, filter(specs.ActAllow), amd64); l != policy.True {
		t.Errorf("looser: %s, want yes", l)
	}
}
