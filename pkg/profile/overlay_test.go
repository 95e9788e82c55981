package profile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

func calls(names ...string) []profile.Call { return []profile.Call{{Names: names}} }

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

func TestOverlay(t *testing.T) {
	base := profile.RuntimeDefault(workload.EngineDocker)
	before := base.Clone()
	p, err := profile.Overlay(base, calls("keyctl", "bpf", "personality", "clone3"), calls("io_pgetevents*", "mkdir", "openat2", "statx"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, base); diff != "" {
		t.Errorf("the base is changed:\n%s", diff)
	}
	if p.Dialect != profile.Inline {
		t.Errorf("dialect %s", p.Dialect)
	}
	facts := host.Facts{GOARCH: "amd64", Native: specs.ArchX86_64, Kernel: host.Version{Major: 6, Minor: 1}}
	for _, caps := range []workload.Capabilities{0, workload.AllCapabilities} {
		f, err := p.Resolve(profile.Target{Facts: facts, Capabilities: caps})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"keyctl": "ALLOW", "bpf": "ALLOW", "personality": "ALLOW", "clone3": "ALLOW", "read": "ALLOW",
			"mkdir": "ERRNO", "io_pgetevents": "ERRNO", "io_pgetevents_time64": "ERRNO(ENOSYS)", "openat2": "ERRNO(ENOSYS)", "statx": "ERRNO(ENOSYS)",
		} {
			if got := ruleOf(f, name); got != want {
				t.Errorf("%s: want %s, got %s", name, want, got)
			}
		}
	}
}

func TestOverlayDenials(t *testing.T) {
	for _, c := range []struct{ name, base, deny, want string }{
		{"default ALLOW", `{"defaultAction": "SCMP_ACT_ALLOW"}`, "mount", "ERRNO"},
		{"default LOG", `{"defaultAction": "SCMP_ACT_LOG"}`, "clone3", "ERRNO(ENOSYS)"},
		{"default KILL", `{"defaultAction": "SCMP_ACT_KILL", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ALLOW"}]}`, "mount", "KILL"},
		{"denied before", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_KILL"}]}`, "mount", "KILL"},
		{"denied at times", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_KILL", "excludes": {"caps": ["CAP_BPF"]}}]}`, "mount", "ERRNO"},
		{"default ENOSYS", `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ALLOW"}]}`, "mount", "ERRNO(ENOSYS)"},
	} {
		p, err := profile.Overlay(parse(t, c.base), nil, calls(c.deny))
		if err != nil {
			t.Fatal(err)
		}
		f, err := p.Resolve(profile.Target{})
		if err != nil {
			t.Fatal(err)
		}
		if got := ruleOf(f, c.deny); got != c.want {
			t.Errorf("%s: want %s, got %s", c.name, c.want, got)
		}
	}
}

func TestOverlayRefuses(t *testing.T) {
	docker := profile.RuntimeDefault(workload.EngineDocker)
	args := []profile.Call{{Names: []string{"socket"}, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 38, Op: specs.OpEqualTo}}}}
	for _, c := range []struct {
		allow, deny []profile.Call
		want        string
		algebra     bool
	}{
		{nil, args, "socket with conditions on arguments", true},
		{calls("@clok"), nil, `no group of system calls is named "@clok" (did you mean "@clock"?)`, false},
		{calls("@"), nil, `(known groups: @aio, `, false},
		{calls("settimeofday"), calls("@clock"), "settimeofday is both allowed and denied", false},
		{nil, calls("pack:kexec"), `"pack:kexec"`, true},
		{nil, calls("bind"), "bind can still be called through socketcall", true},
		{nil, calls("sem*"), "can still be called through ipc", true},
		{calls("opneat"), nil, `no system call is named "opneat" (did you mean "openat"?)`, false},
		{calls("nothing_*"), nil, `"nothing_*" matches no system call`, false},
		{calls("[a"), nil, `"[a" is not a glob`, false},
		{calls("mount"), calls("mou*"), "mount is both allowed and denied", false},
		{calls(), nil, "an entry names no system call", false},
		{calls(""), nil, "the name of a system call is empty", false},
	} {
		p, err := profile.Overlay(docker, c.allow, c.deny)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, profile.ErrNeedsAlgebra) != c.algebra {
			t.Errorf("want %q (algebra %v), got %v and %v", c.want, c.algebra, err, p)
		}
	}
	if _, err := profile.Overlay(docker, nil, calls("socket", "socketcall")); err != nil {
		t.Errorf("a call with its multiplexer: %v", err)
	}
	if _, err := profile.Overlay(docker, calls("@clock"), calls("@network-io")); err != nil {
		t.Errorf("groups: %v", err)
	}
	p, err := profile.Overlay(docker, nil, calls("somefuturecallofours"))
	if err != nil || len(p.Findings) != 1 {
		t.Errorf("an unknown call: %v, %v", err, p)
	}
}
