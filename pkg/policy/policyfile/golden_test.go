package policyfile_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/workload"
)

var update = flag.Bool("update", false, "write the golden files")

// now is the time at which the tests check policies.
var now = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// TestBadPolicies holds what is said about each policy of testdata/bad against the text beside it.
func TestBadPolicies(t *testing.T) {
	for _, name := range files(t, "testdata/bad/*.yaml") {
		t.Run(name, func(t *testing.T) {
			_, err := policyfile.Parse(name, read(t, "testdata/bad/"+name))
			if err == nil {
				t.Fatal("accepted")
			}
			golden(t, "testdata/bad/"+strings.TrimSuffix(name, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

// TestCheck holds what Check finds in each policy of testdata/check against the text beside it.
func TestCheck(t *testing.T) {
	for _, name := range files(t, "testdata/check/*.yaml") {
		t.Run(name, func(t *testing.T) {
			p, err := policyfile.Parse(name, read(t, "testdata/check/"+name))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "testdata/check/"+strings.TrimSuffix(name, ".yaml")+".txt",
				text(p.Check(policy.Node{Now: now})))
		})
	}
}

// TestCheckVersions checks one policy against nodes with several versions.
func TestCheckVersions(t *testing.T) {
	p, err := policyfile.Parse("p.yaml", []byte(`apiVersion: seccompd/v1
kind: NodePolicy
mode: enforce
rules:
- {name: image, match: {images: ["@sha256:0000000000000000000000000000000000000000000000000000000000000001"]}, action: refuse}
- {name: user, match: {users: [0]}, action: refuse}
- {name: asked, match: {requested: [Unconfined]}, action: keep}
`))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, on := range []policy.Platform{
		{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: "1.7.24"},
		{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: "v2.2.0"},
		{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: "2.2.3"},
		{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: "2.3.0-rc.1+x"},
		{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: "2.4.2"},
		{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: "3.0"},
		{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: "what?"},
		{Engine: workload.EngineKubernetes, Software: policy.CRIO, Version: "1.33.1"},
		{Engine: workload.EngineKubernetes, Software: policy.CRIO, Version: "1.35.0"},
		{Engine: workload.EngineKubernetes, Software: policy.CRIO, Version: "1.36.1"},
	} {
		b.WriteString("--- " + on.String() + "\n" + text(p.Check(policy.Node{Now: now, Platforms: []policy.Platform{on}})))
	}
	p.Mode = policy.ModeAudit
	on := policy.Platform{Engine: workload.EngineKubernetes, Software: policy.CRIO, Version: "1.36.1"}
	b.WriteString("--- audit on " + on.String() + "\n" + text(p.Check(policy.Node{Now: now, Platforms: []policy.Platform{on}})))
	p.Doors = []workload.Door{workload.DoorNRI, workload.DoorRuntime}
	b.WriteString("--- with the runtime door\n" + text(p.Check(policy.Node{Now: now, Platforms: []policy.Platform{on}})))
	p.Doors, p.Mode = nil, policy.ModeEnforce
	p.Rules, p.Default = p.Rules[1:2], &policy.Default{Action: policy.ActionKeep}
	b.WriteString("--- keep without a floor\n" + text(p.Check(policy.Node{Now: now, Platforms: []policy.Platform{on}})))
	p.Floor = &policy.Floor{Deny: []policy.Call{{Names: []string{"bpf"}}}}
	b.WriteString("--- keep with a floor\n" + text(p.Check(policy.Node{Now: now, Platforms: []policy.Platform{on}})))
	golden(t, "testdata/versions.txt", b.String())
}

// TestHugePolicies has files that are made to exhaust something.
func TestHugePolicies(t *testing.T) {
	const head = "apiVersion: seccompd/v1\nkind: NodePolicy\nmode: audit\n"
	for name, c := range map[string]struct{ text, want string }{
		"10 MB":          {head + strings.Repeat("#\n", 5<<20), "more than the"},
		"deep list":      {head + "doors: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n", "deep"},
		"deep map":       {head + "doors: " + strings.Repeat("{a: ", 200) + "b" + strings.Repeat("}", 200) + "\n", "deep"},
		"65 exceptions":  {head + "exceptions:\n" + strings.Repeat("- {name: a, match: {}, allow: [bpf], until: 2026-11-02T00:00:00Z}\n", 65), "65 exceptions are more than the 64"},
		"a long message": {head + "rules: [{name: a, match: {}, action: refuse, message: " + strings.Repeat("x", 1<<20) + "}]\n", "more than the 256"},
	} {
		_, err := policyfile.Parse("p.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.200v, want %q", name, err, c.want)
		}
		if err != nil && len(err.Error()) > 20_000 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
	if _, err := policyfile.Parse("p.yaml", []byte("a: [")); err == nil {
		t.Error("broken YAML is accepted")
	} else if e := new(document.Error); !errors.As(err, &e) || e.Line == 0 {
		t.Errorf("%v has no position", err)
	}
}

func text(found []policy.Finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(string(f.Severity) + ": " + f.Error() + "\n")
	}
	return b.String()
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	paths := glob(t, pattern)
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	return paths
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file matches %s (%v)", pattern, err)
	}
	return paths
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := string(read(t, path)); got != want {
		t.Errorf("%s\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}
