package engineconf

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func dockerIn(root string) Docker {
	return Docker{ConfigPath: "/etc/docker/daemon.json", Memory: "/etc/docker-memory", Shims: ShimDir, Root: root}
}

// TestDockerEditedSince takes ours out of a configuration that its owner edited after it was put in, and keeps the edit.
func TestDockerEditedSince(t *testing.T) {
	for name, test := range map[string]struct{ before, from, to, want string }{
		"a key more": {
			`{"debug": true}`, `"debug": true`, `"debug": false`, `{"debug": false}`,
		},
		"its own runtimes and default": {
			`{"default-runtime": "runc", "runtimes": {"crun": {"path": "/usr/bin/crun"}}, "debug": true}`, `true`, `false`,
			`{"default-runtime": "runc", "runtimes": {"crun": {"path": "/usr/bin/crun"}}, "debug": false}`,
		},
		"another default": {
			`{"debug": true}`, `"default-runtime": "seccompd"`, `"default-runtime": "kata"`,
			`{"debug": true,"default-runtime": "kata"}`,
		},
		"a runtime more": {
			"{}", `"runtimes": {`, `"runtimes": {"kata": {"path": "/kata"}, `, "{\n    \"runtimes\": {\"kata\": {\"path\": \"/kata\"}\n    }\n}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			d := dockerIn(root)
			path := filepath.Join(root, d.ConfigPath)
			write(t, path, test.before, 0o600)
			applied(t, d, true)
			text := string(readAll(t, path))
			if !strings.Contains(text, test.from) {
				t.Fatalf("%s has no %s", text, test.from)
			}
			write(t, path, strings.Replace(text, test.from, test.to, 1), 0o600)
			applied(t, d, false)
			if got := string(readAll(t, path)); got != test.want {
				t.Errorf("it is %s, want %s", got, test.want)
			}
			if _, err := os.Stat(filepath.Join(root, d.Memory)); err == nil {
				t.Error("what was remembered is still there")
			}
		})
	}
}

// TestDockerAgain follows an edit of its owner when it is put in again, and brings back the edited file.
func TestDockerAgain(t *testing.T) {
	root := t.TempDir()
	d := dockerIn(root)
	path := filepath.Join(root, d.ConfigPath)
	write(t, path, "{\"debug\": true}\n", 0o644)
	applied(t, d, true)
	write(t, path, strings.Replace(string(readAll(t, path)), "true", "false", 1), 0o644)
	applied(t, d, true)
	applied(t, d, false)
	if got := string(readAll(t, path)); got != "{\"debug\": false}\n" {
		t.Errorf("it is %q", got)
	}
}

// FuzzDocker holds that an edit keeps every other member as it was, and that taking it out brings back every byte.
func FuzzDocker(f *testing.F) {
	for _, text := range []string{
		"{}", "", "{\"a\":1}", `{"runtimes":{"x":{"path":"/usr/bin/crun","b":[1,2]}},"default-runtime":"x"}`, "{\n\t\"a\": {},\r\n \"runtimes\" : { }\n}",
		`{"a\"": "\\", "runtimes": {"\u0061": {"path": "runc"}}}`, `{"default-runtime": "runc"}`, `{"runtimes": null}`, `{"runtimes": {"a": 1}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		root := t.TempDir()
		d := dockerIn(root)
		path := filepath.Join(root, d.ConfigPath)
		write(t, path, text, 0o644)
		change, err := d.Plan(true)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
			return
		}
		if change.Empty() {
			return
		}
		if err := change.Apply(); err != nil {
			t.Fatal(err)
		}
		after := readAll(t, path)
		sameMembers(t, text, string(after))
		applied(t, d, false)
		if got := string(readAll(t, path)); got != text {
			t.Errorf("it is %q, and was %q", got, text)
		}
	})
}

// sameMembers holds that both objects have the same members but for those that are ours to set.
func sameMembers(t *testing.T, before, after string) {
	t.Helper()
	var a, b map[string]any
	if strings.TrimSpace(before) == "" {
		before = "{}"
	}
	if err := json.Unmarshal([]byte(before), &a); err != nil {
		t.Fatalf("%q was taken for JSON: %v", before, err)
	}
	if err := json.Unmarshal([]byte(after), &b); err != nil {
		t.Fatalf("%q is not JSON: %v", after, err)
	}
	runtimes, _ := b["runtimes"].(map[string]any)
	if ours, _ := runtimes[DockerRuntime].(map[string]any); ours["path"] != ShimDir+"/runc" {
		t.Errorf("%q has no runtime of ours", after)
	}
	for _, m := range []map[string]any{a, b} {
		delete(m, "runtimes")
		delete(m, "default-runtime")
	}
	if !reflect.DeepEqual(a, b) {
		t.Error(cmp.Diff(a, b))
	}
}

func applied(t *testing.T, p Planner, on bool) {
	t.Helper()
	change, err := p.Plan(on)
	if err != nil {
		t.Fatal(err)
	}
	if err := change.Apply(); err != nil {
		t.Fatal(err)
	}
}

func readAll(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
