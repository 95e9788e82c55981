package host_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/workload"
)

func TestParseVersion(t *testing.T) {
	for in, want := range map[string]host.Version{
		"6.18.44-fc-v769": {Major: 6, Minor: 18}, "4.8": {Major: 4, Minor: 8}, "5.10-rc1": {Major: 5, Minor: 10},
		"6.1.0-18-amd64": {Major: 6, Minor: 1},
	} {
		if got, err := host.ParseVersion(in); err != nil || got != want {
			t.Errorf("ParseVersion(%q) = %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "6", "6.", ".1", "a.b", "-1.2", "6.x", "99999.1"} {
		if got, err := host.ParseVersion(in); err == nil {
			t.Errorf("ParseVersion(%q) = %v", in, got)
		}
	}
	v := host.Version{Major: 5, Minor: 8}
	if !v.AtLeast(v) || !v.AtLeast(host.Version{Major: 4, Minor: 19}) || v.AtLeast(host.Version{Major: 5, Minor: 9}) || v.String() != "5.8" {
		t.Error("5.8 compares wrongly")
	}
}

func TestAssume(t *testing.T) {
	for goarch, want := range map[string][]specs.Arch{
		"amd64":   {specs.ArchX86_64, specs.ArchX86, specs.ArchX32},
		"arm64":   {specs.ArchAARCH64, specs.ArchARM},
		"riscv64": {specs.ArchRISCV64},
		"mips":    nil,
	} {
		f := host.Assume(goarch)
		if !slices.Equal(f.ABIs, want) || f.GOARCH != goarch || f.Capabilities != workload.AllCapabilities || len(f.Actions) != 8 {
			t.Errorf("Assume(%q) = %+v", goarch, f)
		}
		if want != nil && f.Native != want[0] {
			t.Errorf("Assume(%q).Native = %q", goarch, f.Native)
		}
	}
	f := host.Assume("amd64")
	f.ABIs[1], f.Actions[0] = "", ""
	if again := host.Assume("amd64"); again.ABIs[1] != specs.ArchX86 || again.Actions[0] != specs.ActKillProcess {
		t.Error("facts share memory")
	}
}

func facts() host.Facts {
	f := host.Assume("amd64")
	f.Runtimes = []host.Runtime{
		{Name: "runc", Path: "/usr/bin/runc", Version: "1.5.2", Seccomp: true, Libseccomp: "2.5.4", FlagsKnown: true},
		{Name: "crun", Path: "/usr/bin/crun", Version: "1.8.1"},
		{Name: "runc", Path: "/opt/runc", Version: "1.1.5"},
	}
	return f
}

func TestRuntimeByName(t *testing.T) {
	f := facts()
	for name, want := range map[string]string{"": "1.5.2", "runc": "1.5.2", "crun": "1.8.1"} {
		if r, ok := f.Runtime(name); !ok || r.Version != want {
			t.Errorf("Runtime(%q) = %+v, %v", name, r, ok)
		}
	}
	if r, ok := f.Runtime("youki"); ok {
		t.Errorf("Runtime(youki) = %+v", r)
	}
	if _, ok := (host.Facts{}).Runtime(""); ok {
		t.Error("no facts have a runtime")
	}
	if !f.Runs(specs.ArchX32) || f.Runs(specs.ArchARM) {
		t.Error("Runs is wrong")
	}
}

func TestFactsSurviveJSON(t *testing.T) {
	f := facts()
	f.KernelRelease, f.Ignored = "6.18.1", []host.Ignored{{Path: "/bin/crun", Reason: "because"}}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back host.Facts
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f, back) || f.Key() != back.Key() {
		t.Errorf("%+v\nbecame %+v", f, back)
	}
}

func TestKey(t *testing.T) {
	f := facts()
	key := f.Key()
	if !strings.HasPrefix(key, "sha256:") || len(key) != 7+64 {
		t.Errorf("Key() = %q", key)
	}
	for name, change := range map[string]func(*host.Facts){
		"kernel release":  func(f *host.Facts) { f.KernelRelease = "6.18.99" },
		"path":            func(f *host.Facts) { f.Runtimes[0].Path = "/usr/sbin/runc" },
		"ignored runtime": func(f *host.Facts) { f.Ignored = []host.Ignored{{Path: "/bin/crun"}} },
	} {
		g := facts()
		if change(&g); g.Key() != key {
			t.Errorf("%s changes the key", name)
		}
	}
	for name, change := range map[string]func(*host.Facts){
		"kernel":       func(f *host.Facts) { f.Kernel.Minor++ },
		"ABIs":         func(f *host.Facts) { f.ABIs = f.ABIs[:2] },
		"capabilities": func(f *host.Facts) { f.Capabilities >>= 1 },
		"libseccomp":   func(f *host.Facts) { f.Runtimes[0].Libseccomp = "2.6.0" },
		"names":        func(f *host.Facts) { f.Runtimes[0].Names = []string{"mseal"} },
		"order":        func(f *host.Facts) { slices.Reverse(f.Runtimes) },
		"flags":        func(f *host.Facts) { f.Runtimes[0].Flags = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog} },
	} {
		g := facts()
		if change(&g); g.Key() == key {
			t.Errorf("%s does not change the key", name)
		}
	}
	if f.Runtimes[0].Path == "" {
		t.Error("Key changed the facts")
	}
}

func TestVocabularyOfRuntime(t *testing.T) {
	r := host.Runtime{Libseccomp: "2.5.4", Names: []string{"cachestat"}}
	v, ok := r.Vocabulary()
	if !ok || !v.Knows(specs.ArchX86_64, "cachestat") || v.Knows(specs.ArchX86_64, "mseal") {
		t.Errorf("Vocabulary() = %v, %v", v, ok)
	}
	for _, version := range []string{"", "2.4.4"} {
		if v, ok := (host.Runtime{Libseccomp: version}).Vocabulary(); ok || v.Knows(specs.ArchX86_64, "read") {
			t.Errorf("libseccomp %q has the vocabulary %v", version, v)
		}
	}
}
