package hook

import (
	"bytes"
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

// TestCompare tells a program that permits what the configuration denies from one that denies more.
func TestCompare(t *testing.T) {
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
		err := compare(test.filter, test.programs)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// TestMainRefuses says in one line what is wrong, and prints nothing that podman would take for a configuration.
func TestMainRefuses(t *testing.T) {
	state := t.TempDir()
	for _, test := range []struct {
		args  []string
		stdin string
		code  int
		want  string
	}{
		{nil, "", exitUsage, "neither precreate nor verify"},
		{[]string{"precreat"}, "", exitUsage, `"precreat" is neither`},
		{[]string{"verify", "--nope"}, "", exitUsage, "usage:"},
		{[]string{"verify", "more"}, "", exitUsage, "one argument too many"},
		{[]string{"precreate"}, "", exitRefused, "config.json"},
		{[]string{"precreate"}, `{"linux": {}, "LINUX": {}}`, exitRefused, "config.json"},
		{[]string{"precreate"}, `{"linux": {}}`, exitRefused, "no policy"},
		{[]string{"verify"}, "{", exitRefused, "read the state"},
		{[]string{"verify"}, `{"pid": 0, "bundle": "/x"}`, exitRefused, "no process"},
		{[]string{"verify"}, `{"pid": 1, "bundle": "/nowhere"}`, exitRefused, "it is not there"},
	} {
		args := test.args
		if len(args) == 1 {
			args = append(args, "--state-dir", state, "--decisions", "")
		}
		var stdout, stderr bytes.Buffer
		code := Main(args, strings.NewReader(test.stdin), &stdout, &stderr)
		if code != test.code || !strings.Contains(stderr.String(), test.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%q with %q: code %d, %q", test.args, test.stdin, code, stderr.String())
		}
		if stdout.Len() > 0 {
			t.Errorf("%q prints %q", test.args, stdout.String())
		}
	}
}

// TestContainerID reads podman's two ways of naming a cgroup.
func TestContainerID(t *testing.T) {
	for path, want := range map[string]string{
		"/libpod_parent/libpod-0123abc": "0123abc", "machine.slice:libpod:0123abc": "0123abc", "user.slice:libpod:0123abc": "0123abc", "/other": "", "": "",
	} {
		if got := containerID([]byte(`{"linux": {"cgroupsPath": "` + path + `"}}`)); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}
