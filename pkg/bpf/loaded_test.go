package bpf_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/bpf"
)

// errno1 and allow are the programs that answer every call alike: BPF_RET|BPF_K with SECCOMP_RET_ERRNO|EPERM and SECCOMP_RET_ALLOW.
var (
	errno1 = bpf.Program{{Code: 0x06, K: 0x00050001}}
	allow  = bpf.Program{{Code: 0x06, K: 0x7fff0000}}
)

// TestHolds tells a program that permits what the configuration denies from one that denies more.
func TestHolds(t *testing.T) {
	eperm := uint(1)
	denies := &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86},
		Syscalls: []specs.LinuxSyscall{
			{Names: []string{"unshare"}, Action: specs.ActErrno, ErrnoRet: &eperm},
			{Names: []string{"socket"}, Action: specs.ActErrno, ErrnoRet: &eperm, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 38, Op: specs.OpEqualTo}}},
		},
	}
	for _, test := range []struct {
		name     string
		filter   *specs.LinuxSeccomp
		programs []bpf.Program
		want     string
	}{
		{"no filter at all", nil, nil, ""},
		{"one that was not loaded", denies, nil, "has loaded none"},
		{"one that permits", denies, []bpf.Program{allow}, "the kernel answers ALLOW to socket"},
		{"one that denies all", denies, []bpf.Program{errno1}, ""},
		{"stacked, the stricter counts", denies, []bpf.Program{allow, errno1}, ""},
	} {
		err := bpf.Holds(test.programs, test.filter)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		var weaker *bpf.WeakerError
		if err != nil && !errors.As(err, &weaker) {
			t.Errorf("%s: %T, want one that says that it is weaker", test.name, err)
		}
	}
}
