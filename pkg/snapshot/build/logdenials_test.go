package build_test

import (
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

func TestLogDenialsIsRefusedWhereItDoesHarm(t *testing.T) {
	takes := []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog}
	old := host.Runtime{Name: "runc", Version: "1.1.5", Path: "/usr/sbin/runc", Seccomp: true, Libseccomp: "2.5.4", FlagsKnown: true}
	for name, tt := range map[string]struct {
		node          func(*build.Node)
		wrong, warned string
	}{
		"panic":                   {func(n *build.Node) { n.AuditPanics = true }, "policy.yaml:4:13: denials cannot be logged: audit's failure mode is panic, so that any container could stop this machine (auditctl -f 1)", ""},
		"a runtime without flags": {func(n *build.Node) { n.Facts.Runtimes[0] = old }, "runc 1.1.5 (/usr/sbin/runc) does not take the flag", ""},
		"another without":         {func(n *build.Node) { n.Facts.Runtimes = append(n.Facts.Runtimes, old) }, "", "not logged in containers of runc 1.1.5"},
		"one that takes it":       {func(n *build.Node) { n.Facts.Runtimes[0].FlagsKnown, n.Facts.Runtimes[0].Flags = true, takes }, "", ""},
		"one that does not say":   {func(*build.Node) {}, "", ""},
	} {
		for _, asked := range []bool{true, false} {
			src, _ := source(t, map[bool]string{true: "logDenials: true\n", false: "logDenials: false\n"}[asked], nil)
			n := node()
			tt.node(&n)
			_, warnings, err := src.Build(n)
			wrong, warned := tt.wrong, tt.warned
			if !asked {
				wrong, warned = "", ""
			}
			if (err != nil) != (wrong != "") || err != nil && !strings.Contains(err.Error(), wrong) {
				t.Errorf("%s, asked for %v: %v, want %q", name, asked, err, wrong)
			}
			said := ""
			for _, w := range warnings {
				if w.Part == "logDenials" {
					said += w.Error()
				}
			}
			if (said != "") != (warned != "") || !strings.Contains(said, warned) {
				t.Errorf("%s, asked for %v: warns %q, want %q", name, asked, said, warned)
			}
		}
	}
}
