package drift

import (
	"cmp"
	"slices"
	"time"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/audit"
)

// container judges a container; not one that ended meanwhile.
func (n *Node) container(s *subject, kernel bool) (Container, bool) {
	c := Container{ID: s.id, Name: nameOf(s.workload), PID: s.pid, Started: s.started.UTC(), Spec: s.spec(), Now: n.now(s), Then: s.then(), Notes: s.notes, Verdict: Enforced}
	if s.guest != "" {
		c.Verdict, c.Reason = Unverified, "it runs in "+s.guest+", with a kernel of its own"
		return c, true
	}
	n.meanings.until = time.Now().Add(enough)
	holdings, err := n.holdings(s.found, kernel)
	if err != nil {
		c.Verdict, c.Reason = Unknown, err.Error()
		return c, true
	}
	if len(holdings) == 0 {
		return c, false
	}
	c.Held = tally(holdings)
	c.Basis = BySpec
	if kernel || allRead(holdings) {
		c.Basis = ByKernel
	}
	for i := range holdings {
		h := &holdings[i]
		j := n.judge(s, h)
		switch {
		case !h.none || !s.waiting || j.verdict != Unfiltered:
		case h.process.pid == s.pid && n.readyToStart(s.found, holdings):
			j = judgement{verdict: Enforced} // the runtime's other threads end when it becomes the program
		default:
			j = judgement{verdict: Unknown, reason: "it was created and is not started, and may get its filter then"}
		}
		if j.verdict != Enforced {
			c.ProcessesCount++
			if len(c.Processes) < MaxProcesses {
				c.Processes = append(c.Processes, Process{
					PID: h.process.pid, Thread: h.threads[0].id, Threads: len(h.threads), Comm: h.process.comm,
					Verdict: j.verdict, Reason: j.reason, Calls: few(j.calls),
				})
			}
		}
		// Of two verdicts that are the same, the one by the kernel has the better reason.
		surer := j.verdict == c.Verdict && j.verdict != Enforced && c.Basis == BySpec && h.basis == ByKernel
		if j.verdict.worse(c.Verdict) || surer {
			c.Verdict, c.Reason, c.Calls, c.CallsCount = j.verdict, j.reason, few(j.calls), len(j.calls)
			if h.basis != "" {
				c.Basis = h.basis
			}
		}
	}
	n.configured(s, &c, holdings)
	return c, true
}

// configured judges a container of which filters were read by its configuration, too. Programs add filters of their own, to some
// threads and not to others, and processes come and go between looks: what was read of some says that others have no more than
// that, and not that they have it all. What is executed in it has what its configuration has.
func (n *Node) configured(s *subject, c *Container, read []holding) {
	h, ok := n.byConfiguration(s.found, read)
	if !ok {
		return
	}
	switch j := n.judge(s, &h); j.verdict {
	case Enforced, Unverified, Unknown: // what was read is surer
	case Stale, Outlived, Weaker, Unfiltered:
		if j.verdict == Unfiltered {
			j.verdict, j.reason = Weaker, "its processes have filters, and what is executed in it has none: its configuration has none"
		}
		if j.verdict.worse(c.Verdict) {
			c.Verdict, c.Reason, c.Basis, c.Calls, c.CallsCount = j.verdict, j.reason, BySpec, few(j.calls), len(j.calls)
		}
	}
}

// readyToStart reports whether a container waits to be started with filters that were read: the first thread of the runtime's
// process has them, and becomes the program.
func (n *Node) readyToStart(f *found, list []holding) bool {
	return slices.ContainsFunc(list, func(h holding) bool {
		_, read := n.installed.stack(h.process, h.filters)
		return read && slices.ContainsFunc(h.threads, func(t thread) bool { return t.id == f.pid })
	})
}

// allRead reports whether all threads that have filters had them read.
func allRead(list []holding) bool {
	read := false
	for _, h := range list {
		if !h.none && !h.strict {
			if h.basis != ByKernel {
				return false
			}
			read = true
		}
	}
	return read
}

func few(calls []algebra.Witness) []algebra.Witness { return calls[:min(len(calls), MaxCalls)] }

// tally counts threads by what they have.
func tally(list []holding) []Held {
	var out []Held
	for _, h := range list {
		mode := map[int]string{0: "none", 1: "strict"}[h.threads[0].mode]
		if mode == "" {
			mode = "filter"
		}
		i := slices.IndexFunc(out, func(o Held) bool { return o.Mode == mode && o.Filters == h.filters })
		if i < 0 {
			out = append(out, Held{Mode: mode, Filters: h.filters})
			i = len(out) - 1
		}
		out[i].Threads += len(h.threads)
		out[i].Processes++
	}
	slices.SortFunc(out, func(a, b Held) int { return cmp.Or(cmp.Compare(a.Filters, b.Filters), cmp.Compare(a.Mode, b.Mode)) })
	return out
}

func (f *found) spec() string {
	switch {
	case f.config == nil:
		return "unknown"
	case f.config.Filter == nil:
		return "none"
	}
	return "filter"
}

func (n *Node) now(s *subject) *Decision {
	if r := s.refusal(); r != nil {
		return &Decision{Result: audit.ResultRefused, Rule: r.Rule, Action: r.Decision.Action, Mode: r.Decision.Mode, Message: r.Message}
	}
	o := s.outcome
	if s.err != nil {
		return nil
	}
	return &Decision{
		Rule: o.Decision.RuleName, Action: o.Decision.Action, Mode: o.Mode, Profile: o.Profile, Floor: o.Floor,
		Exceptions: o.Exceptions, Filter: n.meanings.digest(o.Effective), Message: o.Would,
	}
}

func (s *subject) then() *Decision {
	r := s.record
	if r == nil {
		return nil
	}
	return &Decision{
		ID: r.ID, Time: r.Time, Result: r.Result, Rule: r.Rule, Action: r.Action, Mode: r.Mode, Profile: r.Profile, Floor: r.Floor,
		Exceptions: r.Exceptions, Filter: r.Filter, Snapshot: r.Snapshot, Message: r.Would,
	}
}
