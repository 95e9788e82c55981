package integration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// A shim is a runtime door of a test's own: the program under the names of
// runtimes, its settings, and the policy in force.
type shim struct {
	dir      string // all of it
	bin      string // the directory with "runc" and "crun"
	settings string
	// crun is the distribution's, which is not installed: a script finds its
	// libraries.
	crun   string
	values map[string]any
	// runtimes are those that the policy is compiled for.
	runtimes []string
}

// newShim installs the door before runc and crun, with a policy in force.
func newShim(t *testing.T, policy string) *shim {
	t.Helper()
	dir := t.TempDir()
	s := &shim{dir: dir, bin: dir + "/bin", settings: dir + "/runtime.json"}
	program, err := node.Binary("seccompd-runtime")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(s.bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"runc", "crun"} {
		copyFile(t, program, s.bin+"/"+name)
	}
	s.unpackCrun(t)
	s.values = map[string]any{
		"runtimes": map[string]string{"runc": s.binary(t, "runc"), "crun": s.crun},
		"stateDir": dir + "/state", "runDir": dir + "/run", "decisions": dir + "/decisions.jsonl", "seccompctl": s.binary(t, "seccompctl"),
	}
	s.runtimes = []string{s.binary(t, "runc"), s.crun}
	s.configure(t, nil)
	s.apply(t, policy)
	return s
}

// unpackCrun makes the script that is the distribution's crun.
func (s *shim) unpackCrun(t *testing.T) {
	t.Helper()
	s.crun = s.dir + "/real/crun"
	debian, libraries, err := node.Debian()
	if err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\n" + libraries + " exec " + debian + "/usr/bin/crun \"$@\"\n"
	if err := errors.Join(os.MkdirAll(s.dir+"/real", 0o755), os.WriteFile(s.crun, []byte(script), 0o755)); err != nil {
		t.Fatal(err)
	}
}

func (s *shim) binary(t *testing.T, name string) string {
	t.Helper()
	path, err := node.Binary(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// debian is where the distribution's runtimes are unpacked.
func debian(t *testing.T) string {
	t.Helper()
	dir, _, err := node.Debian()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// configure writes the settings, with some of them changed.
func (s *shim) configure(t *testing.T, changes map[string]any) {
	t.Helper()
	values := maps.Clone(s.values)
	maps.Copy(values, changes)
	text, err := json.Marshal(values)
	if err == nil {
		err = os.WriteFile(s.settings, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const policyHead = "apiVersion: seccompd/v1\nkind: NodePolicy\ndoors: [nri, runtime]\n"

// apply puts a policy in force.
func (s *shim) apply(t *testing.T, policy string) {
	t.Helper()
	if policy == "" {
		return
	}
	if err := errors.Join(os.MkdirAll(s.dir+"/profiles", 0o755), os.WriteFile(s.dir+"/policy.yaml", []byte(policyHead+policy), 0o600)); err != nil {
		t.Fatal(err)
	}
	args := []string{"--policy", s.dir + "/policy.yaml", "--profiles", s.dir + "/profiles", "--state-dir", s.dir + "/state", "--run-dir", s.dir + "/run"}
	for _, path := range s.runtimes {
		args = append(args, "--runtime", path)
	}
	cmd := exec.CommandContext(t.Context(), s.binary(t, "seccompctl"), append(args, "apply")...)
	cmd.Env = append(os.Environ(), "SECCOMPD_RUNTIME_CONFIG="+s.settings)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("apply: %v\n%s", err, out)
	}
}

// env is the environment that makes an engine find the door, and the door its
// settings.
func (s *shim) env() []string {
	return []string{"PATH=" + s.bin + ":" + os.Getenv("PATH"), "SECCOMPD_RUNTIME_CONFIG=" + s.settings}
}

// decisions returns what the door has written of its decisions.
func (s *shim) decisions(t *testing.T) []decision {
	t.Helper()
	text, err := os.ReadFile(s.dir + "/decisions.jsonl")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var all []decision
	for line := range bytes.Lines(text) {
		var d decision
		if err := json.Unmarshal(line, &d); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, d)
	}
	return all
}

type decision struct {
	Door, Result, Rule, Profile, Current, Reason, Message, Would string
	WouldRefuse                                                  bool
	Notes                                                        []string
	Workload                                                     struct{ ID string }
}

// of returns the last decision about a container.
func (s *shim) of(t *testing.T, id string) decision {
	t.Helper()
	var last decision
	for _, d := range s.decisions(t) {
		if d.Workload.ID == id {
			last = d
		}
	}
	if last.Door == "" {
		t.Fatalf("no decision on %s", id)
	}
	return last
}

// ctr runs ctr as a person does, in a namespace of the test's, without stdin.
func ctr(ctx context.Context, n *node.Node, args ...string) (string, error) {
	path, err := node.Binary("ctr")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, append([]string{"--address", n.ContainerdSocket(), "--namespace", "default"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("ctr %s: %w: %s", args[0], err, out)
	}
	return string(out), err
}
