package integration_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/audit"
)

// refused holds the container to be refused, and everybody who is asked later
// to know why: the error of CRI, the decisions, seccompctl explain.
func (c cell) refused(reason string) {
	c.t.Helper()
	_, err := c.pod.Create(c.t.Context(), c.column.spec)
	r := checkRefusal(c.t, c.daemon, err, "the-"+c.row.name+"-rule", reason)
	c.record(r)
	if reason == "rule" && !strings.Contains(err.Error(), "not on this node: ask team-a") {
		c.t.Errorf("the policy's message is not in the error: %v", err)
	}
}

var refusalTail = regexp.MustCompile(`\[rule (\S+), (\S+), id (\S+)\]`)

// checkRefusal holds the error of a creation to a rule and a reason, and
// returns the decision that its id leads to.
func checkRefusal(t *testing.T, d *node.Daemon, err error, rule, reason string) audit.Record {
	t.Helper()
	if err == nil {
		t.Fatal("the container was created, and should have been refused")
	}
	m := refusalTail.FindStringSubmatch(err.Error())
	if m == nil {
		t.Fatalf("the error has no rule, reason and id: %v", err)
	}
	if m[1] != rule || m[2] != reason {
		t.Errorf("refused by rule %s for %s, want rule %s and %s: %v", m[1], m[2], rule, reason, err)
	}
	id := m[3]
	r := recorded(t, func() (audit.Record, error) { return audit.Find(d.Options.Decisions, id) })
	if r.Result != audit.ResultRefused || r.Rule != rule || string(r.Reason) != reason || !strings.Contains(err.Error(), r.Message) {
		t.Errorf("decision %s is on record as %+v, and the error was %v", id, r, err)
	}
	explained := explain(t, d, id)
	if !strings.Contains(explained, rule) {
		t.Errorf("seccompctl explain %s does not name rule %s:\n%s", id, rule, explained)
	}
	return r
}

// explain asks seccompctl, as JSON, with the policy in force.
func explain(t *testing.T, d *node.Daemon, id string) string {
	t.Helper()
	binary, err := node.Binary("seccompctl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "--state-dir", d.Options.StateDir, "--run-dir", d.Options.RunDir,
		"explain", id, "--decisions", d.Options.Decisions, "-o", "json")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 1) {
		t.Fatalf("%v: %v\n%s%s", cmd, err, out, exit.Stderr)
	}
	if !json.Valid(out) {
		t.Errorf("%v is no JSON:\n%s", cmd, out)
	}
	return string(out)
}

// recordOf returns the decision on a container.
func recordOf(t *testing.T, d *node.Daemon, container string) audit.Record {
	t.Helper()
	return recorded(t, func() (audit.Record, error) { return audit.FindContainer(d.Options.Decisions, container) })
}

// recorded waits for a record: they are written aside from the containers' way.
func recorded(t *testing.T, find func() (audit.Record, error)) audit.Record {
	t.Helper()
	for end := time.Now().Add(settle); ; time.Sleep(5 * time.Millisecond) {
		r, err := find()
		if err == nil {
			return r
		}
		if !errors.Is(err, audit.ErrNotFound) && !errors.Is(err, fs.ErrNotExist) || time.Now().After(end) {
			t.Fatal("look for a decision:", err)
		}
	}
}
