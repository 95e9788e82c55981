package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/internal/cli"
	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

const manual = "../../docs/cli.md"

// TestDocs runs every command of docs/cli.md, in order and on one node, and holds what it prints to what stands there.
func TestDocs(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the manual shows a Linux machine of amd64")
	}
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(manual)
	if err != nil {
		t.Fatal(err)
	}
	n := newDocsNode(t)
	parts := strings.Split(string(text), "```console\n")
	for i, part := range parts[1:] {
		block, rest, ok := strings.Cut(part, "```")
		if !ok {
			t.Fatalf("block %d does not end", i+1)
		}
		got := n.run(t, block)
		if got != block && !*update {
			t.Errorf("block %d says\n%sand seccompctl says\n%s", i+1, block, got)
		}
		parts[i+1] = got + "```" + rest
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(parts, "```console\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// docsNode is the node of the manual: a directory with its files.
type docsNode struct{ dir, schemas string }

func newDocsNode(t *testing.T) docsNode {
	t.Helper()
	dir, descriptions := t.TempDir(), schemas(t)
	if err := os.CopyFS(dir, os.DirFS("testdata/docs")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "containerd"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	return docsNode{dir, descriptions}
}

// run runs the commands of a block and returns the block as it should be.
func (n docsNode) run(t *testing.T, block string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(block) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		if !ok {
			continue
		}
		out.WriteString(line)
		var said bytes.Buffer
		n.prepare(t, command)
		code := cli.Main(n.args(command), strings.NewReader(""), &said, &said)
		out.WriteString(n.plain(said.String()))
		if code > 1 {
			t.Errorf("%s: exit code %d\n%s", command, code, said.String())
		}
		n.describe(t, command)
	}
	return out.String()
}

// describe asks once more, in JSON, where that changes nothing, and holds the answer to its schema.
func (n docsNode) describe(t *testing.T, command string) {
	t.Helper()
	verb := strings.Fields(command)[1]
	if !slices.Contains(reading, verb) || strings.Contains(command, "-o ") {
		return
	}
	var out, talk bytes.Buffer
	if code := cli.Main(append(n.args(command), "-o", "json"), strings.NewReader(""), &out, &talk); code > 1 {
		return // it has no such form
	}
	if err := holds(n.schemas, verb, &out); err != nil {
		t.Errorf("%s -o json: %v", command, err)
	}
}

// reading are the verbs that change nothing.
var reading = []string{"check", "lint", "compare", "explain", "show", "simulate", "status", "version", "report", "denials", "drift", "exposed"}

// prepare does what happens on the node meanwhile.
func (n docsNode) prepare(t *testing.T, command string) {
	t.Helper()
	snap, err := snapshot.Open("state").Current()
	if err != nil {
		return
	}
	now := time.Now().UTC()
	if err := os.MkdirAll("run", 0o700); err != nil {
		t.Fatal(err)
	}
	s := audit.Status{
		Version: "v0.1.0", PID: 612, Started: now, Updated: now, InForce: audit.InForce{Digest: snap.Digest},
		NRI: audit.Door{
			Connected: true, Runtime: "containerd", Version: "v2.4.2", NRI: "v0.12.3", Validator: "yes", FailurePolicy: "no", DefaultValidator: "no",
		},
		Containers: map[audit.Result]uint64{audit.ResultAudited: 9},
		Log:        audit.Stats{Written: 9},
	}
	text, err := s.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(audit.StatusFile("run"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if command == "seccompctl enforce" {
		n.decide(t, snap)
	}
}

// decide puts a refusal on record, as an audit has it.
func (docsNode) decide(t *testing.T, snap *snapshot.Snapshot) {
	t.Helper()
	w := &workload.Workload{
		Door: workload.DoorNRI, Engine: workload.Known(workload.EngineKubernetes), Namespace: workload.Known("prod-eu"), Pod: workload.Known("shop"),
		Container: workload.Known("shop"), Requested: workload.RequestUnconfined, Kinds: workload.KindContainer, Privileged: workload.Known(false),
	}
	req := enforce.Request{Workload: w, Current: enforce.Current{State: enforce.CurrentNone}}
	out := enforce.Outcome{
		ID: "1k2x3c4v-7", Refused: true, Would: "refuse: prod needs a seccomp profile",
		Decision: policy.Decision{RuleName: "no-unconfined-in-prod", Action: policy.ActionRefuse, Mode: policy.ModeAudit},
	}
	log := audit.NewLog(audit.Settings{Path: "decisions.jsonl"})
	log.Record(audit.Decided(time.Now().Add(time.Minute), snap.Digest, req, out, time.Millisecond))
	log.Close(t.Context())
}

// args are those of a command, with what stands for the places of an installed node.
func (n docsNode) args(command string) []string {
	fields := strings.Fields(command)[1:]
	list := []string{fields[0], "--state-dir", "state", "--run-dir", "run"}
	switch fields[0] {
	case "block":
		list = append(list, "--policy", "policy.yaml", "--profiles", "profiles", "--denials", "denials.jsonl")
	case "check", "lint", "apply", "show", "compare", "meet", "join", "simulate":
		list = append(list, "--policy", "policy.yaml", "--profiles", "profiles")
	case "explain":
		list = append(list, "--decisions", "decisions.jsonl")
	case "enforce":
		list = append(list, "--policy", "policy.yaml", "--profiles", "profiles", "--decisions", "decisions.jsonl",
			"--containerd-config", n.dir+"/etc/config.toml", "--containerd-drop-ins", n.dir+"/etc/conf.d", "--containerd", n.dir+"/containerd")
	}
	return append(list, fields[1:]...)
}

var (
	digests = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
	times   = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	golang  = regexp.MustCompile(`go1\.\d+(\.\d+)?`)
	// ownProfiles are files of the profile directory, as messages name them.
	ownProfiles = regexp.MustCompile(`(?m)(^| )profiles/`)
	ages        = regexp.MustCompile(`\(\d[0-9hms]*s\)`)
)

// plain replaces what differs from run to run and from machine to machine.
func (n docsNode) plain(s string) string {
	s = digests.ReplaceAllString(s, "sha256:…")
	s = times.ReplaceAllString(s, "2026-11-23T09:00:00Z")
	s = golang.ReplaceAllString(s, "go1.26.8")
	s = ages.ReplaceAllString(s, "(0s)")
	s = strings.ReplaceAll(s, n.dir+"/etc/", "/etc/containerd/")
	s = strings.ReplaceAll(s, n.dir+"/policy.yaml", "/etc/seccompd/policy.yaml")
	s = ownProfiles.ReplaceAllString(s, "${1}/etc/seccompd/profiles/")
	return s
}
