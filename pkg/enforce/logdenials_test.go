package enforce_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

func TestWithLogKeepsWhatTheFlagsMean(t *testing.T) {
	const spec, log, wait = specs.LinuxSeccompFlagSpecAllow, specs.LinuxSeccompFlagLog, specs.LinuxSeccompFlagWaitKillableRecv
	for _, tt := range []struct{ have, want []specs.LinuxSeccompFlag }{
		{nil, []specs.LinuxSeccompFlag{spec, log}},
		{[]specs.LinuxSeccompFlag{}, []specs.LinuxSeccompFlag{spec, log}},
		{[]specs.LinuxSeccompFlag{spec}, []specs.LinuxSeccompFlag{spec, log}},
		{[]specs.LinuxSeccompFlag{wait}, []specs.LinuxSeccompFlag{wait, log}}, // it asked for the mitigation
		{[]specs.LinuxSeccompFlag{log}, []specs.LinuxSeccompFlag{log}},
	} {
		in := own()
		in.Flags = slices.Clone(tt.have)
		if got := enforce.WithLog(in); !slices.Equal(got.Flags, tt.want) {
			t.Errorf("%q with log: %q, want %q", tt.have, got.Flags, tt.want)
		}
		if !slices.Equal(in.Flags, tt.have) {
			t.Errorf("%q was changed to %q", tt.have, in.Flags)
		}
	}
}

func TestLogDenials(t *testing.T) {
	const text = `mode: enforce
logDenials: true
rules:
- {name: quiet, match: {namespaces: [default]}, logDenials: false, action: keep}
`
	has := func(f *specs.LinuxSeccomp) bool {
		return f != nil && slices.Contains(f.Flags, specs.LinuxSeccompFlagLog)
	}
	loud := strings.ReplaceAll(text, "logDenials: false, ", "")
	for name, tt := range map[string]struct {
		text string
		want bool
	}{
		"kept":              {loud, true},
		"but for this rule": {text, false},
		"in audit":          {strings.ReplaceAll(loud, "mode: enforce", "mode: audit"), false},
		"by a profile":      {strings.ReplaceAll(loud, "action: keep", "action: replace, profile: {type: Localhost, localhostProfile: p.json}"), true},
	} {
		e := engine(t, tt.text, plain())
		out, err := e.Enforce(columns["Localhost"].request())
		if err != nil {
			t.Fatal(err)
		}
		if has(out.Install) != tt.want || has(out.Effective) != tt.want {
			t.Errorf("%s: installs %+v, want the flag: %v", name, out.Install, tt.want)
		}
		if again, _ := e.Enforce(columns["Localhost"].request()); out.Profile != enforce.CurrentProfile && again.Install != out.Install {
			t.Errorf("%s: containers do not share the filter", name)
		}
	}
	out, err := engine(t, loud, nil).Enforce(columns["Unconfined"].request())
	if err != nil || out.Install != nil {
		t.Errorf("a container without a filter: %+v, %v", out, err)
	}
}

// A flag that the runtime does not take would keep every container from starting.
func TestLogDenialsNeedsTheRuntime(t *testing.T) {
	p, err := policyfile.Parse("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\nlogDenials: true\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := facts()
	f.Runtimes = []host.Runtime{{Name: "runc", Version: "1.1.5", FlagsKnown: true}}
	e, err := enforce.New(&snapshot.Snapshot{Policy: p, Facts: f}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Enforce(columns["Localhost"].request())
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Effective.Flags) > 0 || !strings.Contains(strings.Join(out.Notes, "\n"), "runc 1.1.5 does not take the flag") {
		t.Errorf("the container gets %+v, notes %q", out.Effective, out.Notes)
	}
}
