package shim

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

func settings(t *testing.T, text string) string {
	t.Helper()
	file := t.TempDir() + "/runtime.json"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSettings(t *testing.T) {
	s, err := load(settings(t, `{"runtimes": {"crun": "/usr/bin/crun"}, "runtime": "/usr/sbin/runc", "decisions": ""}`), "", false)
	if err != nil || s.StateDir != "/var/lib/seccompd" || s.RunDir != "/run/seccompd" || *s.Decisions != "" || s.AllowEnvironment {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err = load(settings(t, `{"runtime": "/usr/sbin/runc"}`), "", false); err != nil || *s.Decisions != "/var/log/seccompd/decisions.jsonl" {
		t.Fatalf("%+v, %v", s, err)
	}
	for text, want := range map[string]string{
		``:                          "EOF",
		`{}`:                        "names no runtime",
		`{"runtime": "runc"}`:       "not an absolute path",
		`{"runtime": "/r", "x": 1}`: `unknown field "x"`,
		`{"runtime": "/r"} {}`:      "after the end",
		`{"runtime": 1}`:            ":1:13: runtime: want a path or another text in quotes, and not a JSON number",
		`{"verifyStart": "yes"}`:    "verifyStart: want true or false, without quotes, and not a JSON string",
		`{"runtime": "/r", "containerdLookup": true}`:   "containerdLookup: want a path or another text in quotes, and not a JSON bool",
		`{"runtime": "/r", "containerdLookup": "soon"}`: "is not a time of at most 10s",
		`{"runtime": "/r", "containerdLookup": "0s"}`:   "is not a time of at most 10s",
		`{"runtime": "/r", "containerdLookup": "11s"}`:  "is not a time of at most 10s",
		`{"runtimes": {"runc": "r"}}`:                   "not an absolute path",
		`{"runtime": "/r", "runDir":`:                   "EOF",
		strings.Repeat(" ", 65<<10):                     "more than",
		`{"runtime":"/r","runDir":"x"}`:                 "not an absolute path",
	} {
		if s, err := load(settings(t, text), "", false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %+v, %v; want %q", text, s, err, want)
		}
	}
}

// The environment names other settings only where there are none, or those say so.
func TestSettingsOfTheEnvironment(t *testing.T) {
	silent, allowing, other := settings(t, `{"runtime": "/silent"}`), settings(t, `{"runtime": "/allowing", "allowEnvironment": true}`), settings(t, `{"runtime": "/other"}`)
	broken, missing := settings(t, `{`), t.TempDir()+"/none"
	for _, test := range []struct{ file, env, want string }{
		{silent, "", "/silent"},
		{silent, other, "/silent"},
		{allowing, "", "/allowing"},
		{allowing, other, "/other"},
		{missing, other, "/other"},
		{missing, "", ""},
		{missing, "relative", ""},
		{missing, missing, ""},
		{broken, other, ""},
		{allowing, broken, ""},
	} {
		s, err := load(test.file, test.env, false)
		if s.Runtime != test.want && (test.want != "" || err == nil) || (err == nil) != (test.want != "") {
			t.Errorf("%s, %s: %+v, %v; want %q", test.file, test.env, s, err, test.want)
		}
	}
	if _, err := load(missing, "", false); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "install.sh") {
		t.Error(err)
	}
}

func TestForeignSettings(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("files of others are made by root only")
	}
	file := settings(t, `{"runtime": "/r"}`)
	if err := os.Chown(file, 1234, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := load(file, "", false); !errors.Is(err, errForeign) {
		t.Error(err)
	}
	// A user's engine sees the machine's settings as nobody's, and is not held to the policy.
	if s, err := load(file, "", true); err != nil || s.Runtime != "/r" {
		t.Error(s, err)
	}
	if err := errors.Join(os.Chown(file, 0, 0), os.Chmod(file, 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, err := load(file, "", false); err == nil {
		t.Error("read what everybody may write")
	}
}

func TestEnvironment(t *testing.T) {
	env, err := environment([]string{"A=b", "RUN_OCI_SECCOMP_RECEIVER=/x", "RUN_OCI_SECCOMP=", "NAMESPACE=n"})
	if err != nil || !slices.Equal(env, []string{"A=b", "NAMESPACE=n", envDepth + "=1"}) {
		t.Errorf("%q, %v", env, err)
	}
	for range maxDepth - 1 {
		if env, err = environment(env); err != nil {
			t.Fatal(err)
		}
	}
	if env, err = environment(env); err == nil {
		t.Errorf("for ever: %q", env)
	}
}

// containerd's namespace is known only where its shim's environment and the directory of the state agree.
func TestNamespace(t *testing.T) {
	for _, test := range []struct{ env, root, want string }{
		{"NAMESPACE=k8s.io", "/run/containerd/runc/k8s.io", "k8s.io"},
		{"NAMESPACE=k8s.io", "/run/containerd/runc/default", ""},
		{"NAMESPACE=k8s.io", "", ""},
		{"NAMESPACE=", "/run/containerd/runc/k8s.io", ""},
		{"X=y", "/run/containerd/runc/k8s.io", ""},
	} {
		d := door{env: []string{test.env}, cmd: command{root: test.root}}
		if got := d.namespace(); got != test.want {
			t.Errorf("%s, %s: %q", test.env, test.root, got)
		}
	}
}
