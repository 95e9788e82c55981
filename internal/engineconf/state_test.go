package engineconf

import (
	"errors"
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for line, want := range map[string]string{
		"containerd github.com/containerd/containerd/v2 v2.4.2 abcdef\n":                    "2.4.2",
		"containerd github.com/containerd/containerd/v2 2.2.0~ds1 2.2.0~ds1-1":              "2.2.0~ds1",
		"containerd github.com/containerd/containerd/v2 v2.4.2+unknown ":                    "2.4.2+unknown",
		"containerd github.com/containerd/containerd/v2 v10.0.0-rc.1 0":                     "10.0.0-rc.1",
		"containerd containerd.io 1.7.27 05044ec0a9a75232cad458027ca83437aae3f4da":          "old",
		"containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7193e4e490e9fbdc236c0": "old",
		"containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1":       "old",
		"":                 "bad",
		"runc version 1.2": "bad",
		"containerd github.com/containerd/containerd/v2 2": "bad",
	} {
		got, err := parseVersion(line)
		switch {
		case want == "old":
			if !errors.Is(err, ErrTooOld) || !strings.Contains(err.Error(), MinimumVersion) {
				t.Errorf("%q: %v", line, err)
			}
		case want == "bad":
			if err == nil || errors.Is(err, ErrTooOld) {
				t.Errorf("%q: %q, %v", line, got, err)
			}
		case got != want || err != nil:
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
}

// TestProve holds each thing that keeps a mode from being in force. The text is what `containerd config dump` of 2.4.2 prints.
func TestProve(t *testing.T) {
	const good = `
version = 4
disabled_plugins = []
imports = ['/etc/containerd/conf.d/*.toml']
[plugins.'io.containerd.nri.v1.nri']
disable = false
disable_connections = false
socket_path = '/var/run/nri/nri.sock'
plugin_path = '/opt/nri/plugins'
plugin_request_timeout = '2s'
[plugins.'io.containerd.nri.v1.nri'.default_validator]
enable = true
reject_custom_seccomp_adjustment = false
required_plugins = ['other', 'seccompd']
tolerate_missing_plugins_annotation = ''
`
	for _, test := range []struct{ from, to, audit, enforce string }{
		{"", "", "required_plugins", ""},
		{"'seccompd'", "'10-seccompd'", "required_plugins", ""},
		{"'seccompd'", "'10-seccompd2'", "", "required_plugins"},
		{"'seccompd'", "'1-seccompd'", "", "required_plugins"},
		{"enable = true", "enable = false", "", "enable"},
		{"disable = false", "disable = true", "required_plugins", "disable"},
		{"disable_connections = false", "disable_connections = true", "required_plugins", "disable_connections"},
		{"annotation = ''", "annotation = 'x'", "required_plugins", "tolerate_missing_plugins_annotation"},
		{"adjustment = false", "adjustment = true", "required_plugins", "reject_custom_seccomp_adjustment"},
		{"disabled_plugins = []", "disabled_plugins = ['io.containerd.nri.v1.nri']", "required_plugins", "disabled_plugins"},
	} {
		state, err := InForce([]byte(strings.Replace(good, test.from, test.to, 1)))
		if err != nil {
			t.Fatal(err)
		}
		for mode, want := range map[Mode]string{Audit: test.audit, Enforce: test.enforce} {
			var problem *Problem
			got := ""
			if errors.As(state.Prove(mode), &problem) {
				got = problem.Key
			}
			if got != want {
				t.Errorf("%s, with %q: %q, want %q", mode, test.to, got, want)
			}
		}
	}
	for _, dump := range []string{"", "version = 4\n", "plugins = 3\n", "\x00"} {
		if _, err := InForce([]byte(dump)); err == nil {
			t.Errorf("InForce accepts %q", dump)
		}
	}
}

func TestConfigOf(t *testing.T) {
	for args, want := range map[string]string{
		"/usr/bin/containerd":                             "/etc/containerd/config.toml",
		"containerd --log-level debug":                    "/etc/containerd/config.toml",
		"containerd -c /a":                                "/a",
		"containerd --config /a --log-level info":         "/a",
		"containerd --config=/a":                          "/a",
		"containerd -config=/a":                           "/a",
		"containerd -c":                                   "/etc/containerd/config.toml",
		"containerd --address /run/c --config /a -l info": "/a",
	} {
		if got := configOf(strings.Fields(args)); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
