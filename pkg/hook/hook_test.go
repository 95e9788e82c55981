package hook

import (
	"bytes"
	"strings"
	"testing"
)

// TestMainRefuses says in one line what is wrong, and prints nothing that podman would take for a configuration.
func TestMainRefuses(t *testing.T) {
	state := t.TempDir()
	for _, test := range []struct {
		args  []string
		stdin string
		code  int
		want  string
	}{
		{nil, "", exitUsage, "a word is missing, precreate or verify: usage: "},
		{[]string{"precreat"}, "", exitUsage, `"precreat" is neither precreate nor verify: usage: `},
		{[]string{"verify", "--nope"}, "", exitUsage, "usage:"},
		{[]string{"verify", "--no\x1b[31m\nred"}, "", exitUsage, `-no\x1b[31m\nred: usage:`},
		{[]string{"verify", "more"}, "", exitUsage, "one argument too many"},
		{[]string{"precreate"}, "", exitRefused, "config.json"},
		{[]string{"precreate"}, `{"linux": {}, "LINUX": {}}`, exitRefused, "config.json"},
		{[]string{"precreate"}, `{"linux": {}}`, exitRefused, "no policy"},
		{[]string{"verify"}, "{", exitRefused, "read the state"},
		{[]string{"verify"}, `{"pid": 0, "bundle": "/x"}`, exitRefused, "no process"},
		{[]string{"verify"}, `{"pid": 1, "bundle": "/nowhere"}`, exitRefused, "it is not there"},
	} {
		args := test.args
		if len(args) == 1 {
			args = append(args, "--state-dir", state, "--decisions", "")
		}
		var stdout, stderr bytes.Buffer
		code := Main(args, strings.NewReader(test.stdin), &stdout, &stderr)
		if code != test.code || !strings.Contains(stderr.String(), test.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%q with %q: code %d, %q", test.args, test.stdin, code, stderr.String())
		}
		if stdout.Len() > 0 {
			t.Errorf("%q prints %q", test.args, stdout.String())
		}
	}
}

func TestMainHelps(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := Main([]string{"--help"}, strings.NewReader(""), &stdout, &stderr); code != 0 || !strings.HasPrefix(stdout.String(), "usage: seccompd-hook ") || stderr.Len() > 0 {
		t.Errorf("code %d, %q, %q", code, stdout.String(), stderr.String())
	}
}

// TestContainerID reads podman's two ways of naming a cgroup.
func TestContainerID(t *testing.T) {
	for path, want := range map[string]string{
		"/libpod_parent/libpod-0123abc": "0123abc", "/libpod-4567/libpod-0123abc": "0123abc", "/libpod-4567/other": "", "machine.slice:libpod:0123abc": "0123abc", "user.slice:libpod:0123abc": "0123abc", "/other": "", "": "",
	} {
		if got := containerID([]byte(`{"linux": {"cgroupsPath": "` + path + `"}}`)); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}
