package profile_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

func filter(t *testing.T, text string) *specs.LinuxSeccomp {
	t.Helper()
	f := new(specs.LinuxSeccomp)
	if err := json.Unmarshal([]byte(text), f); err != nil {
		t.Fatal(err)
	}
	return f
}

func rules(t *testing.T, defaultAction, list string) *specs.LinuxSeccomp {
	t.Helper()
	return filter(t, `{"defaultAction": "`+defaultAction+`", "syscalls": [`+list+`]}`)
}

func TestDigestIgnoresSpelling(t *testing.T) {
	a := filter(t, `{"defaultAction": "SCMP_ACT_KILL", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64"],
	 "flags": ["SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG"], "syscalls": [
	 {"names": ["write", "read"], "action": "SCMP_ACT_ALLOW", "args": []},
	 {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 8, "valueTwo": 3, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},
	 {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]},
	 {"names": ["ptrace"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}`)
	b := filter(t, `{"defaultAction": "SCMP_ACT_KILL_THREAD", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X86"],
	 "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"], "syscalls": [
	 {"names": ["ptrace"], "action": "SCMP_ACT_ERRNO"},
	 {"names": ["read"], "action": "SCMP_ACT_ALLOW"}, {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
	 {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]},
	 {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 8, "op": "SCMP_CMP_EQ"}]}]}`)
	if diff := cmp.Diff(profile.Canonical(a), profile.Canonical(b)); diff != "" || profile.Digest(a) != profile.Digest(b) {
		t.Errorf("two spellings of one filter differ:\n%s", diff)
	}
}

// Each pair does something else in a runtime, and must not have one digest.
func TestDigestTellsApart(t *testing.T) {
	const (
		eq    = `"args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]`
		lt    = `"args": [{"index": 0, "value": 9, "op": "SCMP_CMP_LT"}]`
		gt    = `"args": [{"index": 0, "value": 7, "op": "SCMP_CMP_GT"}]`
		twice = `"args": [{"index": 0, "value": 7, "op": "SCMP_CMP_GT"}, {"index": 0, "value": 9, "op": "SCMP_CMP_LT"}]`
		allow = `"action": "SCMP_ACT_ALLOW"`
		kill  = `"action": "SCMP_ACT_KILL"`
	)
	for name, pair := range map[string][2]string{
		"which unconditional is first": {`{"names": ["read"], ` + allow + `}, {"names": ["read"], ` + kill + `}`, `{"names": ["read"], ` + kill + `}, {"names": ["read"], ` + allow + `}`},
		"shadowed or shadowing":        {`{"names": ["read"], ` + allow + `}, {"names": ["read"], ` + kill + `, ` + eq + `}`, `{"names": ["read"], ` + kill + `, ` + eq + `}, {"names": ["read"], ` + allow + `}`},
		"multiplexed":                  {`{"names": ["socketcall"], ` + allow + `}, {"names": ["socket"], ` + kill + `}`, `{"names": ["socket"], ` + kill + `}, {"names": ["socketcall"], ` + allow + `}`},
		"aliases on arm":               {`{"names": ["sync_file_range2"], ` + allow + `}, {"names": ["arm_sync_file_range"], ` + kill + `}`, `{"names": ["arm_sync_file_range"], ` + kill + `}, {"names": ["sync_file_range2"], ` + allow + `}`},
		"several ordered conditions":   {`{"names": ["read"], ` + allow + `, ` + lt + `}, {"names": ["read"], ` + allow + `, ` + gt + `}`, `{"names": ["read"], ` + allow + `, ` + gt + `}, {"names": ["read"], ` + allow + `, ` + lt + `}`},
		"conditions or none":           {`{"names": ["read"], ` + allow + `, ` + eq + `}`, `{"names": ["read"], ` + allow + `}`},
		"an index twice or once":       {`{"names": ["read"], ` + allow + `, ` + twice + `}`, `{"names": ["read"], ` + allow + `, ` + lt + `}`},
		"which call":                   {`{"names": ["read"], ` + allow + `}`, `{"names": ["write"], ` + allow + `}`},
		"a rule of the default action": {`{"names": ["mseal"], "action": "SCMP_ACT_ERRNO"}`, ``},
		"errno":                        {`{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}`, `{"names": ["read"], "action": "SCMP_ACT_ERRNO"}`},
		"errno where there is none":    {`{"names": ["read"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1}`, `{"names": ["read"], "action": "SCMP_ACT_ALLOW"}`},
	} {
		a, b := rules(t, "SCMP_ACT_ERRNO", pair[0]), rules(t, "SCMP_ACT_ERRNO", pair[1])
		if profile.Digest(a) == profile.Digest(b) {
			t.Errorf("%s: one digest for two filters:\n%+v", name, profile.Canonical(a))
		}
	}
	for name, pair := range map[string][2]string{
		"flags absent or empty": {`{"defaultAction": "SCMP_ACT_LOG"}`, `{"defaultAction": "SCMP_ACT_LOG", "flags": []}`},
		"default errno":         {`{"defaultAction": "SCMP_ACT_ERRNO"}`, `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38}`},
		"process or thread":     {`{"defaultAction": "SCMP_ACT_KILL"}`, `{"defaultAction": "SCMP_ACT_KILL_PROCESS"}`},
		"architectures":         {`{"defaultAction": "SCMP_ACT_LOG"}`, `{"defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86"]}`},
		"listener":              {`{"defaultAction": "SCMP_ACT_LOG", "listenerPath": "/a"}`, `{"defaultAction": "SCMP_ACT_LOG", "listenerPath": "/b"}`},
	} {
		if profile.Digest(filter(t, pair[0])) == profile.Digest(filter(t, pair[1])) {
			t.Errorf("%s: one digest for two filters", name)
		}
	}
	if profile.Digest(nil) != "" || profile.Canonical(nil) != nil {
		t.Error("no filter has a digest")
	}
}

// The order of rules for different calls, and of names, changes nothing; nor does Canonical change its argument.
func TestDigestIgnoresOrderOfCalls(t *testing.T) {
	facts := host.Facts{GOARCH: "amd64", Native: specs.ArchX86_64, Kernel: host.Version{Major: 6, Minor: 1}}
	random := rand.New(rand.NewPCG(1, 2))
	for _, engine := range []workload.Engine{workload.EngineDocker, workload.EngineKubernetes} {
		f, err := profile.RuntimeDefault(engine).Resolve(profile.Target{Facts: facts, Capabilities: workload.AllCapabilities})
		if err != nil {
			t.Fatal(err)
		}
		want := profile.Digest(f)
		for range 20 {
			random.Shuffle(len(f.Syscalls), func(i, j int) { f.Syscalls[i], f.Syscalls[j] = f.Syscalls[j], f.Syscalls[i] })
			for _, r := range f.Syscalls {
				random.Shuffle(len(r.Names), func(i, j int) { r.Names[i], r.Names[j] = r.Names[j], r.Names[i] })
			}
			first := slices.Clone(f.Syscalls[0].Names)
			if profile.Digest(f) != want {
				t.Fatal("the order of rules changes the digest")
			}
			if !slices.Equal(first, f.Syscalls[0].Names) {
				t.Fatal("Digest changes its argument")
			}
		}
	}
}
