package profilefile_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/profile/profilefile"
	"github.com/seccompd/seccompd/pkg/workload"
)

var update = flag.Bool("update", false, "write the golden files")

// amd64 is a fixed target, so that goldens do not depend on where tests run.
var amd64 = profile.Target{
	Facts:        host.Facts{GOARCH: "amd64", Native: specs.ArchX86_64, Kernel: host.Version{Major: 6, Minor: 18}},
	Capabilities: workload.DefaultCapabilities,
}

// inputs lists the files of a directory that are no goldens.
func inputs(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("testdata", dir, "*.*"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no test data in %s: %v", dir, err)
	}
	var out []string
	for _, path := range all {
		if !strings.HasSuffix(path, ".txt") && !strings.HasSuffix(path, ".golden") {
			out = append(out, path)
		}
	}
	return out
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got, -update writes it):\n%s", path, diff)
	}
}

// Each bad profile gets one line per error, with file, line and column, and changes nothing.
func TestBadProfiles(t *testing.T) {
	for _, path := range inputs(t, "bad") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := profilefile.Parse(filepath.Base(path), data)
			if err == nil || p != nil {
				t.Fatalf("accepted: %+v", p)
			}
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, filepath.Base(path)+":") {
					t.Errorf("a line without its place: %q", line)
				}
			}
			golden(t, path+".txt", err.Error()+"\n")
		})
	}
}

// Files made to exhaust the reader.
func TestHugeProfiles(t *testing.T) {
	big := `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + strings.Repeat(`{"names": ["read"], "action": "SCMP_ACT_ALLOW"},`, 10<<20/47) + `]}`
	for name, c := range map[string]struct{ text, want string }{
		"10 MB":       {big, "more than the 4194304 that are read"},
		"10 MB YAML":  {"# " + strings.Repeat("x", 10<<20), "more than the 4194304 that are read"},
		"deep lists":  {`{"syscalls": ` + strings.Repeat("[", 1<<20), "f:1:77: nested more than 64 deep"},
		"deep maps":   {strings.Repeat(`{"a":`, 1<<19), "nested more than 64 deep"},
		"deep YAML":   {strings.Repeat("[", 1<<10) + strings.Repeat("]", 1<<10), "nested more than 64 deep"},
		"long name":   {`{"defaultAction": "` + strings.Repeat("S", 1<<20) + `"}`, "defaultAction cannot be"},
		"one call":    {`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + strings.Repeat(`{"names": ["read"], "action": "SCMP_ACT_LOG"},`, 50000) + `1]}`, "a rule must be a map"},
		"many errors": {`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + strings.Repeat(`1,`, 100000) + `1]}`, "a rule must be a map"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := profilefile.Parse("f", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("want %q, got %.300v", c.want, err)
			}
			if n := len(err.Error()); n > 1<<16 {
				t.Errorf("the message has %d bytes", n)
			}
		})
	}
	if document.MaxSize >= 10<<20 {
		t.Error("the limit is above what this test makes")
	}
}

// A good profile's golden is its dialect, its findings, and the filter that it is on amd64 with the default capabilities.
func TestGoodProfiles(t *testing.T) {
	for _, path := range inputs(t, "good") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := profilefile.Parse(filepath.Base(path), data)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			b.WriteString("dialect " + string(p.Dialect) + ", base " + p.Base + "\n")
			for _, f := range p.Findings {
				b.WriteString(f.String() + "\n")
			}
			p.Base = ""
			f, err := p.Resolve(amd64)
			if err != nil {
				t.Fatal(err)
			}
			if err := profile.Validate(f, nil); err != nil {
				t.Errorf("Validate: %v", err)
			}
			text, err := json.MarshalIndent(f, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.HasSuffix(path, "flags-empty.json"); want != (f.Flags != nil && len(f.Flags) == 0) {
				t.Errorf("flags are %#v", f.Flags)
			}
			golden(t, path+".golden", b.String()+string(text)+"\n")
		})
	}
}
