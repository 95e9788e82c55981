package doorconf_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/internal/doorconf"
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
	s, err := doorconf.Load(settings(t, `{"runtimes": {"crun": "/usr/bin/crun"}, "runtime": "/usr/sbin/runc", "decisions": ""}`), "", false)
	if err != nil || s.StateDir != "/var/lib/seccompd" || s.RunDir != "/run/seccompd" || s.Decisions != "" || s.AllowEnvironment {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err = doorconf.Load(settings(t, `{"runtime": "/usr/sbin/runc"}`), "", false); err != nil || s.Decisions != "/var/log/seccompd/decisions.jsonl" {
		t.Fatalf("%+v, %v", s, err)
	}
	s, err = doorconf.Load(settings(t, `{"runtime": null, "runtimes": {"runc": "/r", "crun": null}, "stateDir": "", "containerdLookup": "500ms", "verifyStart": true}`), "", false)
	if err != nil || s.Runtimes["runc"] != "/r" || len(s.Runtimes) != 1 || s.StateDir != doorconf.StateDir || s.ContainerdLookup != 500*time.Millisecond || !s.VerifyStart {
		t.Fatalf("%+v, %v", s, err)
	}
	for text, want := range map[string]string{
		``:                          ":1:1: the JSON ends too early",
		`{}`:                        ":1:1: it names no runtime",
		`[]`:                        ":1:1: the file of settings must be a map, not a list",
		`{"runtime": "runc"}`:       `:1:13: runtime: "runc" is not an absolute path`,
		`{"runtime": "/r", "x": 1}`: `:1:19: the file of settings has no field "x"`,
		`{"runtime": "/r"} {}`:      ":1:19: text after the end",
		`{"runtime": 1}`:            `:1:13: runtime must be a string, not a number (quote it: "1")`,
		`{"verifyStart": "yes"}`:    ":1:17: verifyStart must be a boolean, not a string",
		`{"runtime": "/r", "containerdLookup": true}`:   ":1:39: containerdLookup must be a string, not a boolean",
		`{"runtime": "/r", "containerdLookup": "soon"}`: "is not a time of at most 10s",
		`{"runtime": "/r", "containerdLookup": "0s"}`:   "is not a time of at most 10s",
		`{"runtime": "/r", "containerdLookup": "11s"}`:  "is not a time of at most 10s",
		`{"runtimes": {"runc": "r"}}`:                   `:1:23: the path of runc: "r" is not an absolute path`,
		`{"runtimes": ["/r"]}`:                          "runtimes must be a map, not a list",
		`{"runtime": "/r", "runDir":`:                   ":1:28: the JSON ends too early",
		`{"runtime":"/r","runDir":"x"}`:                 "not an absolute path",
		"\ufeff" + `{"runtime": "/r"}`:                  ":1:1: the file starts with a byte order mark",
		"{\"runtime\": \"/\xff\"}":                      "not UTF-8",
		strings.Repeat(" ", 65<<10):                     "more than",
		// What some reader could take in another way.
		"{\n \"runtime\": \"/a\",\n \"runtime\": \"/b\"}":         `:3:2: the key "runtime" stands twice (keep one of them)`,
		`{"runtime": "/a", "\u0072untime": "/b"}`:                 `:1:19: the key "runtime" stands twice`,
		`{"runtimes": {"runc": "/a", "runc": "/b"}}`:              `:1:29: the key "runc" stands twice`,
		`{"runtime": "/r", "verifyStart": true, "verifyStart":0}`: `:1:40: the key "verifyStart" stands twice`,
		`{"runtime": "/r", "VerifyStart": true}`:                  `:1:19: the file of settings has no field "VerifyStart" (did you mean "verifyStart"?)`,
		`{"Runtime": "/r"}`:                                       `:1:2: the file of settings has no field "Runtime" (did you mean "runtime"?)`,
		`{"runtime": "r", "runDir": "x"}`:                         `:1:13: runtime: "r" is not an absolute path; `, // in one line
	} {
		if s, err := doorconf.Load(settings(t, text), "", false); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
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
		s, err := doorconf.Load(test.file, test.env, false)
		if s.Runtime != test.want && (test.want != "" || err == nil) || (err == nil) != (test.want != "") {
			t.Errorf("%s, %s: %+v, %v; want %q", test.file, test.env, s, err, test.want)
		}
	}
	if _, err := doorconf.Load(missing, "", false); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "install.sh") {
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
	if _, err := doorconf.Load(file, "", false); !errors.Is(err, doorconf.ErrForeign) {
		t.Error(err)
	}
	// A user's engine sees the machine's settings as nobody's, and is not held to the policy.
	if s, err := doorconf.Load(file, "", true); err != nil || s.Runtime != "/r" {
		t.Error(s, err)
	}
	if err := errors.Join(os.Chown(file, 0, 0), os.Chmod(file, 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, err := doorconf.Load(file, "", false); err == nil {
		t.Error("read what everybody may write")
	}
}
