package profilefile_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
	"github.com/seccompd/seccompd/pkg/workload"
)

var targets = []profile.Target{
	amd64,
	{Facts: amd64.Facts, Capabilities: workload.AllCapabilities},
	{Facts: host.Facts{GOARCH: "s390x", Native: specs.ArchS390X, Kernel: host.Version{Major: 4, Minor: 7}}},
	{},
}

// fuzzParse holds what is true of every text: no panic, one plain line per error, and of every profile: JSON keeps it,
// Resolve leaves it as it is, and its filters are the same profile when they are read again.
func fuzzParse(f *testing.F, seeds ...string) {
	for _, pattern := range seeds {
		paths, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(paths) == 0 {
			f.Fatalf("no seeds in %s: %v", pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := profilefile.Parse("f", data)
		if (p == nil) == (err == nil) {
			t.Fatalf("got %v and %v", p, err)
		}
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, "f:") || strings.ContainsAny(line, "\x1b\r\x00") {
					t.Fatalf("not a plain line with its place: %q", line)
				}
			}
			return
		}
		checkProfile(t, p)
	})
}

func checkProfile(t *testing.T, p *profile.Profile) {
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	again := new(profile.Profile)
	if err := json.Unmarshal(text, again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, again); diff != "" {
		t.Fatalf("JSON changes it:\n%s", diff)
	}
	if p.Digest() != again.Digest() {
		t.Fatal("JSON changes its digest")
	}
	if _, err := p.Resolve(amd64); p.Base != "" && err == nil {
		t.Fatal("resolved without its base")
	}
	p.Base, again.Base = "", ""
	for _, target := range targets {
		f, err := p.Resolve(target)
		if diff := cmp.Diff(again, p); diff != "" {
			t.Fatalf("Resolve changes it:\n%s", diff)
		}
		if err != nil {
			continue
		}
		checkFilter(t, f)
		for i := range f.Syscalls {
			f.Syscalls[i].Names[0] = "changed"
			for j := range f.Syscalls[i].Args {
				f.Syscalls[i].Args[j].Value++
			}
		}
		if diff := cmp.Diff(again, p); diff != "" {
			t.Fatalf("the filter shares memory with its profile:\n%s", diff)
		}
	}
}

func checkFilter(t *testing.T, f *specs.LinuxSeccomp) {
	canonical := profile.Canonical(f)
	if diff := cmp.Diff(canonical, profile.Canonical(canonical)); diff != "" {
		t.Fatalf("Canonical is not a fixed point:\n%s", diff)
	}
	if profile.Digest(f) != profile.Digest(canonical) {
		t.Fatal("Canonical changes the digest")
	}
	if profile.Validate(f, nil) != nil {
		return
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.ParseJSON("f", text)
	if err != nil {
		t.Fatalf("valid, and not a profile: %v\n%s", err, text)
	}
	again, err := p.Resolve(amd64)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Flags) > 0 || f.Flags == nil { // JSON leaves out empty ones
		if profile.Digest(f) != profile.Digest(again) {
			t.Fatalf("read again, it is another filter:\n%s", text)
		}
	}
}

func FuzzOCI(f *testing.F)    { fuzzParse(f, "good/oci*.json", "bad/[a-c]*.json") }
func FuzzDocker(f *testing.F) { fuzzParse(f, "good/docker*.json", "bad/cond*.json") }
func FuzzPodman(f *testing.F) { fuzzParse(f, "good/podman*.json", "bad/podman*.json") }
func FuzzSPO(f *testing.F)    { fuzzParse(f, "good/spo*.*", "bad/*.yaml") }
