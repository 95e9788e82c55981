package lint_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/lint"
	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/pack/packfile"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

var update = flag.Bool("update", false, "write what the examples expect anew")

// target is a node with a runc on libseccomp 2.5.4, where containers' profiles are read as plain OCI.
func target() lint.Target {
	f := host.Assume("amd64")
	f.ABIs = []specs.Arch{specs.ArchX86_64, specs.ArchX86}
	f.Runtimes = []host.Runtime{{
		Name: "runc", Version: "1.5.2", Path: "/usr/bin/runc", Seccomp: true, Libseccomp: "2.5.4", FlagsKnown: true,
		Flags: []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog, specs.LinuxSeccompFlagSpecAllow},
	}}
	return lint.Target{Facts: f, Capabilities: workload.DefaultCapabilities, PlainOCI: true}
}

// Every rule has examples, testdata/RULE.txtar: files whose names begin with "bad" show it, as the file "want" says, and those
// whose names begin with "good" do not.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range lint.Rules() {
		ids = append(ids, r.ID)
	}
	for _, file := range files {
		if id := strings.TrimSuffix(filepath.Base(file), ".txtar"); !slices.Contains(ids, id) {
			t.Errorf("%s is of no rule", file)
		}
	}
	for _, r := range lint.Rules() {
		t.Run(r.ID, func(t *testing.T) { example(t, r) })
	}
}

func example(t *testing.T, r lint.Rule) {
	file := filepath.Join("testdata", r.ID+".txtar")
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got, want strings.Builder
	count := map[string]int{}
	for i, f := range archive.Files {
		if f.Name == "want" {
			want.Write(f.Data)
			archive.Files = slices.Delete(slices.Clone(archive.Files), i, i+1)
		}
	}
	for _, f := range archive.Files {
		kind := strings.TrimRight(strings.TrimSuffix(f.Name, filepath.Ext(f.Name)), "0123456789")
		count[kind]++
		found := 0
		var node build.Node
		if strings.Contains(string(archive.Comment), "containerd 2.2,") {
			node.Platforms = []policy.Platform{{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: "2.2.0"}}
		}
		if strings.Contains(string(archive.Comment), "Docker alone.") {
			node.Platforms = []policy.Platform{{Engine: workload.EngineDocker, Software: policy.Docker, Version: "28.0"}}
		}
		node.AuditPanics = strings.Contains(string(archive.Comment), "kernel that panics ")
		for _, finding := range look(t, f.Name, f.Data, node) {
			if finding.Rule == "" && finding.Severity == lint.Warning {
				t.Errorf("of no rule: %s", finding)
			}
			if finding.Rule != r.ID {
				continue
			}
			found++
			got.WriteString(finding.String() + "\n")
			if finding.Line == 0 || finding.Column == 0 || finding.File != f.Name {
				t.Errorf("no place: %s", finding)
			}
		}
		if (found > 0) != (kind == "bad") {
			t.Errorf("%s: %d findings", f.Name, found)
		}
	}
	if count["bad"] == 0 || count["good"] == 0 || len(count) != 2 {
		t.Errorf("%s needs examples that are bad and good, and has %v", file, count)
	}
	if *update {
		archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got.String())})
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Error(diff)
	}
}

// look lints a profile, or a policy for a node.
func look(t *testing.T, name string, data []byte, node build.Node) []lint.Finding {
	t.Helper()
	n, err := yamldoc.Parse(name, data)
	if strings.HasSuffix(name, ".json") {
		n, err = document.ParseJSON(name, data)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n.Lookup("mode") != nil {
		src, err := build.Text(name, data, nil)
		if err != nil {
			t.Fatal(err)
		}
		node.Facts, node.Now = target().Facts, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		snap, warnings, err := src.Build(node)
		found := append(lint.Errors(err), lint.Policy(warnings)...)
		if snap != nil {
			found = append(found, lint.Guessed(snap.Policy)...)
		}
		return found
	}
	p, err := profile.Decode(n)
	if err != nil {
		return lint.Errors(err)
	}
	list, err := lint.Profile(lint.Subject{Document: n, Written: p, Whole: p}, target())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// The manual has a section for every rule, in the order of Rules, with its severity and summary, and none more.
func TestEveryRuleHasItsSection(t *testing.T) {
	text, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, r := range lint.Rules() {
		want = append(want, r.ID+"\n\n"+strings.ToUpper(string(r.Severity[:1]))+string(r.Severity[1:])+": "+r.Summary+".\n")
	}
	for _, section := range strings.Split(string(text), "\n### ")[1:] {
		lines := strings.SplitAfterN(section, "\n", 4)
		got = append(got, strings.Join(lines[:min(3, len(lines))], ""))
		if len(lines) < 4 || len(strings.TrimSpace(lines[3])) < 40 {
			t.Errorf("the section %q does not say why", lines[0])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The names of rules that findings of other packages have are explicit, each once, and all of them are in the manual, which has a
// section for each of Rules.
func TestNamesOfRules(t *testing.T) {
	var ids []string
	for _, r := range lint.Rules() {
		ids = append(ids, r.ID)
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(ids))); len(sorted) != len(ids) {
		t.Errorf("a rule stands twice: %q", ids)
	}
	for _, file := range []string{"../policy/lintrules.go", "../profile/finding.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		ast.Inspect(parsed, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(v.Names[0].Name, "Rule") {
				return true
			}
			found++
			if id, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value); err != nil || !slices.Contains(ids, id) {
				t.Errorf("%s: %s is %q, which is none of the rules: %v", file, v.Names[0].Name, id, err)
			}
			return true
		})
		if found < 10 {
			t.Errorf("%s names %d rules", file, found)
		}
	}
}

// What seccompd carries, and what engines give by default, has no error.
func TestShippedProfiles(t *testing.T) {
	to := target()
	to.PlainOCI = false
	var list []*profile.Profile
	for _, name := range profile.BuiltinNames() {
		p, _ := profile.Builtin(name)
		list = append(list, p)
	}
	for _, version := range profile.RuntimeDefaultVersions() {
		p, _ := profile.RuntimeDefaultVersion(version)
		list = append(list, p)
	}
	for _, p := range list {
		found, err := lint.Profile(lint.Subject{Written: p, Whole: p}, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Log(f)
			if f.Severity == lint.Error {
				t.Error(f)
			}
		}
	}
}

// The packs that seccompd carries close every way round that this package knows.
func TestPacksLeaveNoWayRound(t *testing.T) {
	packs, err := packfile.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name := range packs {
		e, err := pack.Expand([]profile.Call{{Names: []string{pack.Prefix + name}}}, nil, packs)
		if err != nil {
			t.Fatal(err)
		}
		list, err := lint.Denials(e.Profile(name), nil, target(), lint.Finding{File: name})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			t.Error(f)
		}
	}
}
