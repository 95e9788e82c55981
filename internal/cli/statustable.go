package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
)

func (a *statusAnswer) table(t *table) {
	if f := a.InForce; f != nil {
		t.row("in force", f.Digest)
		t.row("since", f.Created.UTC().Format(time.RFC3339)+" ("+f.Age+")")
		t.row("mode", string(f.Mode))
		t.row("doors", strings.Join(words(f.Doors), " "))
		t.row("rules", fmt.Sprint(f.Rules))
		t.row("source", strings.Join(f.Sources, " "))
		t.row("kept", plural(f.Kept, "snapshot"))
	} else {
		t.row("in force", "nothing")
	}
	if a.Held != "" {
		t.row("held back", "source "+a.Held+" (rolled back; 'seccompctl apply' ends it)")
	}
	for _, e := range a.Exceptions {
		state := "until " + e.Until.UTC().Format(time.RFC3339)
		if e.Expired {
			state = "ended " + e.Until.UTC().Format(time.RFC3339)
		}
		t.row("exception", e.Name+", "+state+reason(e.Reason))
	}
	a.daemonTable(t)
	if len(a.Problems) > 0 {
		t.gap()
	}
	for _, p := range a.Problems {
		t.line("problem: %s", p)
	}
}

func reason(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

func (a *statusAnswer) daemonTable(t *table) {
	s := a.Daemon
	switch {
	case s == nil:
		t.row("daemon", "not running")
		return
	case !a.Running:
		t.row("daemon", "not running; last status of "+s.Updated.UTC().Format(time.RFC3339))
		return
	}
	t.row("daemon", fmt.Sprintf("running, version %s, pid %d, since %s", s.Version, s.PID, s.Started.UTC().Format(time.RFC3339)))
	connected := "not connected"
	if s.NRI.Connected {
		connected = fmt.Sprintf("%s %s, NRI %s", s.NRI.Runtime, s.NRI.Version, s.NRI.NRI)
	}
	t.row("engine", connected)
	t.row("fails closed", fmt.Sprintf("own validator %s, failure policy %s, required by the engine %s",
		or(s.NRI.Validator, unknown), or(s.NRI.FailurePolicy, unknown), or(s.NRI.DefaultValidator, unknown)))
	var counts []string
	for _, r := range []audit.Result{audit.ResultInstalled, audit.ResultKept, audit.ResultAudited, audit.ResultRefused} {
		counts = append(counts, fmt.Sprintf("%d %s", s.Containers[r], r))
	}
	t.row("containers", strings.Join(counts, ", "))
	t.row("decisions", fmt.Sprintf("%d written, %d dropped, %d failed %s", s.Log.Written, s.Log.Dropped, s.Log.Failed, s.Log.LastError))
	for _, r := range s.Refusals {
		t.row("refused", r.Time.UTC().Format(time.RFC3339)+" "+r.ID+rule(r.Rule)+": "+r.Message)
	}
}

const unknown = "unknown"
