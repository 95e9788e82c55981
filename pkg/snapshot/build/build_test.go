package build_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

const head = "apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\n"

func node() build.Node {
	f := host.Assume("amd64")
	f.Runtimes = []host.Runtime{{Name: "runc", Version: "1.5.2", Path: "/usr/bin/runc", Seccomp: true, Libseccomp: "2.5.4"}}
	return build.Node{Facts: f, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
}

// source writes a policy and profiles and reads them.
func source(t *testing.T, policy string, profiles map[string]string) (*build.Source, string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "policy.yaml")
	write(t, file, head+policy)
	if err := os.Mkdir(filepath.Join(dir, "profiles"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range profiles {
		write(t, filepath.Join(dir, "profiles", name), text)
	}
	src, err := build.Read(file, []string{filepath.Join(dir, "profiles")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src, dir
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const local = "default: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n"

func TestBuildReadsProfilesOnceAndBuildsThemAgain(t *testing.T) {
	src, dir := source(t, local, map[string]string{"p.json": `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}`})
	snap, warnings, err := src.Build(node())
	if err != nil {
		t.Fatal(err, warnings)
	}
	if p := snap.Profiles["Localhost/p.json"]; p == nil || p.DefaultAction != specs.ActAllow {
		t.Fatalf("profiles are %v", snap.Profiles)
	}
	data, err := snap.Encode()
	if err != nil {
		t.Fatal(err)
	}
	// The files are gone, and another kernel is running: all that is needed is in the snapshot.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	read, err := snapshot.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := build.Again(read)
	if err != nil {
		t.Fatal(err)
	}
	other := node()
	other.Facts = host.Assume("arm64")
	snap2, _, err := again.Build(other)
	if err != nil {
		t.Fatal(err)
	}
	if snap2.Facts.GOARCH != "arm64" || snap2.Profiles["Localhost/p.json"] == nil {
		t.Errorf("built again for %s with %v", snap2.Facts.GOARCH, snap2.Profiles)
	}
	if snapshot.SourceDigest(snap2.Sources) != snapshot.SourceDigest(snap.Sources) || again.Digest() != src.Digest() {
		t.Error("the same source has another digest")
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		policy   string
		profiles map[string]string
		want     []string
	}{
		"profile missing":             {local, nil, []string{"policy.yaml:4:", "p.json"}},
		"misspelt profile":            {local, map[string]string{"pp.json": "{}"}, []string{`did you mean "pp.json"?`}},
		"builtin misspelt":            {"default: {action: replace, profile: {type: Localhost, localhostProfile: builtin/strct}}\n", nil, []string{"policy.yaml:4:", `did you mean "strict"?`}},
		"profile broken":              {local, map[string]string{"p.json": "{\n  \"defaultAction\": \"SCMP_ACT_ALOW\"\n}"}, []string{"p.json:2:20", "SCMP_ACT_ALLOW"}},
		"starts nothing":              {local, map[string]string{"p.json": `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}`}, []string{"starts no container", "execve", "runc 1.5.2"}},
		"unknown to runtime":          {"normalise: false\n" + local, map[string]string{"p.json": `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mseal"],"action":"SCMP_ACT_ERRNO"}]}`}, []string{"mseal", "2.5.4"}},
		"a floor that starts nothing": {"floor: {deny: [execve]}\n", nil, []string{"policy.yaml:4:", "the floor starts no container", "execve"}},
		"a pack misspelt":             {"floor: {deny: [\"pack:namespace\"]}\n", nil, []string{"policy.yaml:4:", `did you mean "pack:namespaces"?`}},
		"nothing to leave open":       {"floor: {deny: [mount], leaveOpen: [mount]}\n", nil, []string{"policy.yaml:4:", "cannot be left open"}},
		"another process decides":     {local, map[string]string{"p.json": `{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/run/a","syscalls":[{"names":["mount"],"action":"SCMP_ACT_NOTIFY"}]}`}, []string{"policy.yaml:4:", "another process"}},
		"allowed and denied":          {"default: {action: fill, profile: {base: RuntimeDefault, allow: [settimeofday], deny: [\"@clock\"]}}\n", nil, []string{"policy.yaml:4:", "settimeofday is both allowed and denied"}},
		"loosens for whoever asks":    {"rules: [{name: a, match: {podLabels: {matchLabels: {a: b}}}, action: replace, profile: {type: Localhost, localhostProfile: builtin/block-unshare}}]\n", nil, []string{"policy.yaml:4:", "permits whoever chooses podLabels", "the runtime default"}},
		"two things":                  {"default: {action: replac}\nonErro: refuse\n", nil, []string{`did you mean "replace"?`, `did you mean "onError"?`}},
	} {
		t.Run(name, func(t *testing.T) {
			src, _ := source(t, c.policy, c.profiles)
			snap, _, err := src.Build(node())
			if err == nil || snap != nil {
				t.Fatalf("built %v; want an error with %q", snap, c.want)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%v\ndoes not say %q", err, w)
				}
			}
		})
	}
}

func TestForeignPolicyFileIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("run the tests as root: who owns a file cannot be changed otherwise")
	}
	for name, spoil := range map[string]func(string) error{
		"writable": func(f string) error { return os.Chmod(f, 0o666) },
		"foreign":  func(f string) error { return os.Chown(f, 1000, 1000) },
		"a fifo or directory": func(f string) error {
			if err := os.Remove(f); err != nil {
				return err
			}
			return os.Mkdir(f, 0o755)
		},
	} {
		file := filepath.Join(t.TempDir(), "policy.yaml")
		write(t, file, head)
		if err := spoil(file); err != nil {
			t.Fatal(err)
		}
		if _, err := build.Read(file, nil); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v; want an error that names the file", name, err)
		}
	}
}

func TestInlineOnTheRuntimeDefault(t *testing.T) {
	src, _ := source(t, "default: {action: fill, profile: {base: RuntimeDefault, deny: [\"io_uring_*\"]}}\n", nil)
	if _, warnings, err := src.Build(node()); err != nil {
		t.Fatal(err, warnings)
	}
}

// A denial that the runtime's libseccomp does not know is carried out all the same: all calls that it does not know are denied.
func TestDenialThatLibseccompDoesNotKnow(t *testing.T) {
	src, _ := source(t, "default: {action: keep}\nfloor: {deny: [mseal]}\n", nil)
	snap, _, err := src.Build(node())
	if err != nil {
		t.Fatal(err)
	}
	e, err := enforce.New(snap, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Enforce(enforce.Request{
		Workload: &workload.Workload{Door: workload.DoorRuntime, Engine: workload.Known(workload.EngineDocker), Requested: workload.RequestUnconfined, Kinds: workload.KindContainer, Capabilities: workload.Known(workload.DefaultCapabilities)},
		Current:  enforce.Current{State: enforce.CurrentNone},
	})
	if err != nil || out.Install.DefaultAction != specs.ActErrno || *out.Install.DefaultErrnoRet != 38 {
		t.Errorf("%+v, %v; want a default of ENOSYS", out.Install, err)
	}
}

// Every door that a policy may rely on is there.
func TestNoDoorIsMissing(t *testing.T) {
	src, _ := source(t, "doors: [nri, runtime, hook]\n", nil)
	_, warnings, err := src.Build(node())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		if strings.Contains(w.Error(), "no door") {
			t.Error(w)
		}
	}
}

func TestFlagsThatTheRuntimeRefusesAreDropped(t *testing.T) {
	const text = `{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG"],"syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}`
	n := node()
	n.Facts.Runtimes[0].FlagsKnown = true
	src, _ := source(t, local, map[string]string{"p.json": text})
	if _, _, err := src.Build(n); err != nil {
		t.Errorf("with normalising: %v", err)
	}
	src, _ = source(t, "normalise: false\n"+local, map[string]string{"p.json": text})
	if _, _, err := src.Build(n); err == nil || !strings.Contains(err.Error(), "SECCOMP_FILTER_FLAG_LOG") {
		t.Errorf("without: %v; want an error that names the flag", err)
	}
}
