package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/drift"
	"github.com/seccompd/seccompd/pkg/workload"
)

func (a *statusAnswer) table(t *table) {
	for _, r := range a.rows() {
		t.row(r.key, r.value)
	}
	if len(a.Problems) > 0 {
		t.gap()
	}
	for _, p := range a.Problems {
		t.line("problem: %s", p)
	}
}

// statusRow is a line of the table. Those that are quiet change all the time, so that a change says nothing.
type statusRow struct {
	key, value string
	quiet      bool
}

func (a *statusAnswer) rows() (rows []statusRow) {
	row := func(key, value string) { rows = append(rows, statusRow{key: key, value: value}) }
	if f := a.InForce; f != nil {
		row("in force", f.Digest)
		rows = append(rows, statusRow{"since", f.Created.UTC().Format(time.RFC3339) + " (" + f.Age + ")", true})
		row("mode", string(f.Mode))
		row("doors", strings.Join(words(f.Doors), " "))
		row("rules", fmt.Sprint(f.Rules))
		row("source", strings.Join(f.Sources, " "))
		row("kept", plural(f.Kept, "snapshot"))
		for _, e := range f.Floor {
			row("floor", e.text(f.FloorMode))
		}
	} else {
		row("in force", "nothing")
	}
	if a.Held != "" {
		row("held back", "source "+a.Held+" (rolled back; 'seccompctl apply' ends it)")
	}
	for _, e := range a.Exceptions {
		state := "until " + e.Until.UTC().Format(time.RFC3339)
		if e.Expired {
			state = "ended " + e.Until.UTC().Format(time.RFC3339)
		}
		row("exception", e.Name+", "+state+reason(e.Reason))
	}
	return append(rows, a.daemonRows()...)
}

func reason(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

func (a *statusAnswer) daemonRows() (rows []statusRow) {
	row := func(key, value string) { rows = append(rows, statusRow{key: key, value: value}) }
	s := a.Daemon
	switch {
	case s == nil:
		row("daemon", "not running")
		return rows
	case s.Stopped:
		row("daemon", "not running; stopped at "+s.Updated.UTC().Format(time.RFC3339))
		return rows
	case !a.Running:
		row("daemon", "not running; last status of "+s.Updated.UTC().Format(time.RFC3339))
		return rows
	}
	row("daemon", fmt.Sprintf("running, version %s, pid %d, since %s", s.Version, s.PID, s.Started.UTC().Format(time.RFC3339)))
	connected := "not connected"
	switch {
	case s.NRI.Connected:
		connected = fmt.Sprintf("%s %s, NRI %s", s.NRI.Runtime, s.NRI.Version, s.NRI.NRI)
	case a.InForce != nil && !slices.Contains(a.InForce.Doors, workload.DoorNRI):
		connected = "not by NRI, which the policy does not rely on"
	}
	row("engine", connected)
	if a.InForce == nil || s.NRI.Connected || slices.Contains(a.InForce.Doors, workload.DoorNRI) {
		row("fails closed", fmt.Sprintf("own validator %s, failure policy %s, required by the engine %s",
			or(s.NRI.Validator, unknown), or(s.NRI.FailurePolicy, unknown), or(s.NRI.DefaultValidator, unknown)))
	}
	var counts []string
	for _, r := range []audit.Result{audit.ResultInstalled, audit.ResultKept, audit.ResultAudited, audit.ResultRefused} {
		counts = append(counts, fmt.Sprintf("%d %s", s.Containers[r], r))
	}
	rows = append(rows, statusRow{"containers", strings.Join(counts, ", "), true})
	if s.Drift != nil {
		row("running", driftText(s.Drift))
	}
	log := fmt.Sprintf("%d written, %d dropped, %d failed %s", s.Log.Written, s.Log.Dropped, s.Log.Failed, s.Log.LastError)
	rows = append(rows, statusRow{"decisions", log, s.Log.LastError == ""})
	for _, r := range s.Refusals {
		row("refused", r.Time.UTC().Format(time.RFC3339)+" "+r.ID+rule(r.Rule)+": "+r.Message)
	}
	return rows
}

const unknown = "unknown"

// driftText says how the containers that run stand to the policy in force.
func driftText(d *audit.Drift) string {
	var parts []string
	for _, v := range drift.Verdicts() {
		if n := d.Containers[string(v)]; n > 0 || v == drift.Enforced {
			text := fmt.Sprintf("%d %s", n, v)
			if v == drift.Stale {
				text += " (older than the policy)"
			}
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}
