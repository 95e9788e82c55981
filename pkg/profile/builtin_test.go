package profile_test

import (
	"slices"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

func TestBuiltins(t *testing.T) {
	want := []string{"allow-list", "audit", "block-ptrace-kexec", "block-unshare", "dangerous", "strict"}
	if !slices.Equal(profile.BuiltinNames(), want) {
		t.Errorf("built-in profiles are %v", profile.BuiltinNames())
	}
	if _, ok := profile.Builtin("../strict"); ok {
		t.Error("a name climbs out")
	}
	for _, name := range profile.BuiltinNames() {
		p, _ := profile.Builtin(name)
		if len(p.Findings) > 0 || p.Name != "builtin/"+name || p.Gated() || p.Supervised() {
			t.Errorf("%s: %+v", name, p)
		}
		for goarch, native := range natives() {
			f, err := p.Resolve(profile.Target{Facts: host.Facts{GOARCH: goarch, Native: native}})
			if err != nil {
				t.Fatal(err)
			}
			if err := profile.Validate(f, nil); err != nil {
				t.Errorf("%s on %s: %v", name, goarch, err)
			}
		}
	}
}

// natives are the architectures of the syscall tables by Go's names.
func natives() map[string]specs.Arch {
	out := map[string]specs.Arch{}
	for _, goarch := range []string{"amd64", "386", "arm64", "arm", "riscv64", "ppc64le", "s390x", "loong64"} {
		out[goarch], _ = syscalls.Native(goarch)
	}
	return out
}

// On s390 the flags of clone are its second argument: a rule for the first one would look at the address of a stack.
func TestBuiltinsKnowS390(t *testing.T) {
	for _, name := range []string{"block-unshare", "dangerous", "allow-list"} {
		p, _ := profile.Builtin(name)
		for goarch, native := range natives() {
			f, err := p.Resolve(profile.Target{Facts: host.Facts{GOARCH: goarch, Native: native}})
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, r := range f.Syscalls {
				if !slices.Contains(r.Names, "clone") {
					continue
				}
				found++
				if want := goarch == "s390x"; len(r.Args) != 1 || (r.Args[0].Index == 1) != want {
					t.Errorf("%s on %s: %+v", name, goarch, r)
				}
			}
			if found == 0 {
				t.Errorf("%s on %s has no rule for clone", name, goarch)
			}
		}
	}
}

func TestRuntimeDefault(t *testing.T) {
	for _, engine := range workload.Engines() {
		p := profile.RuntimeDefault(engine)
		if engine == workload.EnginePodman {
			if p != nil {
				t.Error("podman's default is a file of the host")
			}
			continue
		}
		if p == nil || !p.Gated() || p.Supervised() {
			t.Fatalf("%s: %+v", engine, p)
		}
		for _, r := range p.Rules {
			if r.Comment != "" {
				t.Errorf("%s carries a comment: %q", engine, r.Comment)
			}
		}
		for goarch, native := range natives() {
			f, err := p.Resolve(profile.Target{Facts: host.Assume(goarch), Capabilities: workload.DefaultCapabilities})
			if err != nil || profile.Validate(f, nil) != nil {
				t.Errorf("%s on %s (%s): %v, %v", engine, goarch, native, err, profile.Validate(f, nil))
			}
		}
	}
}

func BenchmarkResolveDefault(b *testing.B) {
	p, target := profile.RuntimeDefault(workload.EngineKubernetes), profile.Target{Facts: host.Assume("amd64"), Capabilities: workload.DefaultCapabilities}
	for b.Loop() {
		if _, err := p.Resolve(target); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	f, err := profile.RuntimeDefault(workload.EngineKubernetes).Resolve(profile.Target{Facts: host.Assume("amd64")})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		profile.Digest(f)
	}
}
