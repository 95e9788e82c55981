package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// node is a state directory with a policy in force and a run directory with a status.
func node(t *testing.T, change func(*audit.Status)) *console {
	t.Helper()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	c := &console{now: func() time.Time { return now }, out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	c.stateDir, c.runDir, c.form = t.TempDir(), t.TempDir(), formTable
	snap := &snapshot.Snapshot{Created: now.Add(-time.Hour), Policy: &policy.Policy{Mode: policy.ModeEnforce}, Facts: host.Assume("amd64")}
	if err := snapshot.Open(c.stateDir).Put(snap); err != nil {
		t.Fatal(err)
	}
	s := audit.Status{
		Version: "v1", PID: 7, Started: now.Add(-time.Minute), Updated: now.Add(-audit.StatusInterval),
		InForce: audit.InForce{Digest: snap.Digest},
		NRI: audit.Door{
			Connected: true, Runtime: "containerd", Version: "v2.4.2", NRI: "v0.12.3",
			Validator: "yes", FailurePolicy: "no", DefaultValidator: "unknown",
		},
		Containers: map[audit.Result]uint64{audit.ResultInstalled: 3, audit.ResultRefused: 1},
		Refusals:   []audit.Record{{ID: "x-1", Rule: "r", Message: "no \x1b[31mred", Time: now}},
	}
	change(&s)
	text, err := s.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(audit.StatusFile(c.runDir), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestStatusOfANode(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*audit.Status)
		problem string
	}{
		{"well", func(*audit.Status) {}, ""},
		{"hung", func(s *audit.Status) { s.Updated = s.Updated.Add(-time.Hour) }, "the daemon is not running"},
		{"stopped", func(s *audit.Status) { s.Stopped = true }, "the daemon is not running: it stopped at 2026-11-20T11:59:50Z"},
		{"not connected", func(s *audit.Status) { s.NRI = audit.Door{Error: "dial \x1b"} }, "not connected to an engine: dial"},
		{"another policy", func(s *audit.Status) { s.InForce.Digest = "" }, "the daemon decides by no policy"},
		{"a source that is wrong", func(s *audit.Status) { s.Source.Error = "policy.yaml:1:1: no" }, "cannot apply"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := node(t, tt.change).status()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(a.Problems, "\n"); tt.problem == "" && got != "" || !strings.Contains(got, tt.problem) {
				t.Errorf("problems: %q, want %q", got, tt.problem)
			}
			if a.Healthy != (tt.problem == "") {
				t.Errorf("healthy: %t", a.Healthy)
			}
			tab := &table{}
			a.table(tab)
			if strings.ContainsRune(tab.out.String(), '\x1b') {
				t.Errorf("a raw escape in:\n%s", tab.out.String())
			}
		})
	}
}
