package profile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

func target(goarch string, native specs.Arch, kernel host.Version, caps ...string) profile.Target {
	t := profile.Target{Facts: host.Facts{GOARCH: goarch, Native: native, Kernel: kernel}}
	for _, c := range caps {
		set, _ := workload.CapabilityNamed(c)
		t.Capabilities |= set
	}
	return t
}

func parse(t *testing.T, text string) *profile.Profile {
	t.Helper()
	p, err := profile.ParseJSON("p.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// names are the calls that a filter has rules for, in order.
func names(f *specs.LinuxSeccomp) string {
	var out []string
	for _, r := range f.Syscalls {
		out = append(out, r.Names...)
	}
	return strings.Join(out, " ")
}

const gated = `{
 "defaultAction": "SCMP_ACT_ERRNO",
 "archMap": [
  {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
  {"architecture": "SCMP_ARCH_S390X", "subArchitectures": []}],
 "syscalls": [
  {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN", "CAP_BPF"]}},
  {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN", "CAP_BPF"], "arches": ["s390x"]}},
  {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x86"]}},
  {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
  {"names": ["acct"], "action": "SCMP_ACT_ALLOW", "excludes": {"minKernel": "4.8"}},
  {"names": ["kcmp"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8", "caps": ["CAP_BPF"], "arches": ["s390x"]}}
 ]}`

func TestResolveConditions(t *testing.T) {
	p := parse(t, gated)
	if !p.Gated() || p.Dialect != profile.Docker {
		t.Errorf("gated %v, dialect %s", p.Gated(), p.Dialect)
	}
	v68, v47, v48 := host.Version{Major: 6, Minor: 8}, host.Version{Major: 4, Minor: 7}, host.Version{Major: 4, Minor: 8}
	for name, c := range map[string]struct {
		target profile.Target
		names  string
		arches []specs.Arch
	}{
		"amd64":           {target("amd64", specs.ArchX86_64, v68), "read clone arch_prctl ptrace", []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}},
		"older kernel":    {target("amd64", specs.ArchX86_64, v47), "read clone arch_prctl acct", []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}},
		"that kernel":     {target("arm64", specs.ArchAARCH64, v48), "read clone ptrace", nil},
		"one of two caps": {target("386", specs.ArchX86, v68, "CAP_BPF"), "read arch_prctl ptrace", nil},
		"both caps":       {target("riscv64", specs.ArchRISCV64, v68, "CAP_BPF", "CAP_SYS_ADMIN"), "read bpf ptrace", nil},
		"s390x":           {target("s390x", specs.ArchS390X, v68), "read ptrace", []specs.Arch{specs.ArchS390X}},
		"all three":       {target("s390x", specs.ArchS390X, v68, "CAP_BPF"), "read ptrace kcmp", []specs.Arch{specs.ArchS390X}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := p.Resolve(c.target)
			if err != nil {
				t.Fatal(err)
			}
			if names(f) != c.names {
				t.Errorf("want %s\n got %s", c.names, names(f))
			}
			if diff := cmp.Diff(c.arches, f.Architectures); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResolveSaysWhatItCannotTell(t *testing.T) {
	p := parse(t, gated)
	for want, target := range map[string]profile.Target{
		"the native architecture is not known":                {},
		"line 9: the rule is for some architectures":          {Facts: host.Facts{Native: specs.ArchX86_64}},
		"line 11: the rule is for some kernels, and the host": {Facts: host.Facts{Native: specs.ArchX86_64, GOARCH: "amd64"}},
	} {
		if f, err := p.Resolve(target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v and %v", want, err, f)
		}
	}
}

func TestSupervised(t *testing.T) {
	for text, want := range map[string]bool{
		`{"defaultAction": "SCMP_ACT_TRACE"}`: true,
		`{"defaultAction": "SCMP_ACT_LOG"}`:   false,
		`{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/a", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}]}`: true,
	} {
		if got := parse(t, text).Supervised(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestProfileDigest(t *testing.T) {
	a := parse(t, `{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`)
	same := parse(t, "{\"defaultAction\": \"SCMP_ACT_LOG\",\n \"syscalls\": [\n{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"comment\": \"why\"}]}")
	if a.Digest() != same.Digest() || !strings.HasPrefix(a.Digest(), "sha256:") {
		t.Error("a comment, a dialect or a line changes the digest")
	}
	for _, other := range []string{
		`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["write"], "action": "SCMP_ACT_ALLOW"}]}`,
		`{"defaultAction": "SCMP_ACT_LOG", "flags": [], "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`,
		`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}]}`,
	} {
		if parse(t, other).Digest() == a.Digest() {
			t.Errorf("the digest of %s is that of another profile", other)
		}
	}
}
