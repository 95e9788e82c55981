package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestDefaultsAreThoseOfAnInstalledNode(t *testing.T) {
	s, err := parse(nil, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if s.policy != "/etc/seccompd/policy.yaml" || len(s.profiles) != 1 || s.index != "10" || s.metrics != "unix:/run/seccompd/metrics.sock" {
		t.Errorf("%+v", s)
	}
}

func TestFlags(t *testing.T) {
	s, err := parse([]string{"--policy", "p", "--profiles", "a", "--profiles=b", "--run-dir", "/r", "--metrics", "unix:///x/m.sock"}, &bytes.Buffer{})
	if err != nil || strings.Join(s.profiles, ",") != "a,b" || !filepath.IsAbs(s.policy) || filepath.Base(s.policy) != "p" {
		t.Errorf("%+v, %v", s, err)
	}
	if network, address, err := listenAddress(s.metrics); network != "unix" || address != "/x/m.sock" || err != nil {
		t.Errorf("%s %s %v", network, address, err)
	}
}

func TestUsageErrors(t *testing.T) {
	for args, want := range map[string]string{
		"--plugin-index 7":           "two digits",
		"--plugin-index abc":         "two digits",
		"--metrics 0.0.0.0:9":        "only a unix socket or a loopback address",
		"--metrics :9":               "only a unix socket or a loopback address",
		"--metrics 10.0.0.1:9":       "only a unix socket or a loopback address",
		"--metrics example.com:9":    "only a unix socket or a loopback address",
		"--metrics nonsense":         "want unix:PATH",
		"--metrics 127.0.0.1:99999":  "want unix:PATH",
		"--log-level loud":           "--log-level",
		"--runtime runc":             "absolute path",
		"--drift-interval 10ms":      "at least a second",
		"--log-format xml":           "--log-format",
		"--policy=":                  "names no file",
		"policy.yaml":                "unexpected argument",
		"--polcy x":                  "unknown flag: --polcy (did you mean --policy?)",
		"--frobnicate":               "unknown flag: --frobnicate (see --help)",
		"--policy":                   "needs an argument: --policy (see --help)",
		"--drift-interval 5":         "--drift-interval cannot be \"5\" (a number with its unit, as 30s or 5m)",
		"--metrics [::ffff:8.8.8.8]": "want unix:PATH",
	} {
		if _, err := parse(strings.Fields(args), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", args, err, want)
		}
	}
	for _, args := range []string{"--metrics 127.0.0.1:0", "--metrics localhost:9", "--metrics [::1]:9", "--metrics none"} {
		if _, err := parse(strings.Fields(args), &bytes.Buffer{}); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, arg := range []string{"--help", "--version"} {
		var out bytes.Buffer
		if _, err := parse([]string{arg}, &out); !errors.Is(err, pflag.ErrHelp) || !strings.Contains(out.String(), "seccompd") {
			t.Errorf("%s: %v, printed %q", arg, err, out.String())
		}
	}
}

func TestARuntimeThatGivesNoAnswerIsLookedPast(t *testing.T) {
	facts, err := readHost(t.Context(), []string{filepath.Join(t.TempDir(), "no-such-runc")})
	if err != nil || facts.Native == "" {
		t.Errorf("%+v, %v; want the facts of this host all the same", facts, err)
	}
}
