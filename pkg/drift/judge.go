package drift

import (
	"fmt"
	"slices"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// judgement is a verdict on a holding, with the reason and the calls that it may make and should not.
type judgement struct {
	verdict Verdict
	reason  string
	calls   []algebra.Witness
}

// judge compares what threads have with what the policy in force gives their container.
func (n *Node) judge(s *subject, h *holding) judgement {
	switch {
	case h.strict:
		return judgement{verdict: Enforced}
	case h.unknown != "":
		return judgement{verdict: Unknown, reason: h.unknown}
	case s.err != nil:
		return n.refused(s, h)
	case s.outcome.Effective == nil && s.request.Current.State == enforce.CurrentUnknown:
		return judgement{verdict: Unknown, reason: "what it would have without the policy is not known"}
	}
	calls, err := n.beyond(h, s.outcome.Effective)
	switch {
	case err != nil:
		return judgement{verdict: Unknown, reason: err.Error()}
	case len(calls) > 0:
		return n.classify(s, h, calls)
	case s.lost != "" && h.none && s.had:
		return judgement{verdict: Unfiltered, reason: s.bare(n)}
	case s.lost != "":
		return judgement{verdict: Unknown, reason: s.lost}
	}
	return judgement{verdict: Enforced}
}

// beyond returns the calls that a holding permits and a filter denies, of the ABIs that this kernel runs: on others there is no
// call, and a filter that leaves them out kills what cannot happen.
func (n *Node) beyond(h *holding, f *specs.LinuxSeccomp) ([]algebra.Witness, error) {
	key, meaning, err := n.meanings.filter(f)
	if err != nil {
		return nil, fmt.Errorf("read what the policy gives it: %w", err)
	}
	return n.meanings.beyond(h, func(has string, m algebra.Meaning) []algebra.Witness {
		return n.possible(n.meanings.compare(has, m, key, meaning))
	})
}

// possible leaves out the calls of ABIs that this kernel does not run.
func (n *Node) possible(calls []algebra.Witness) []algebra.Witness {
	facts := n.settings.Snapshot.Facts
	if len(facts.ABIs) == 0 || !slices.ContainsFunc(calls, func(w algebra.Witness) bool { return !facts.Runs(w.Arch) }) {
		return calls
	}
	return slices.DeleteFunc(slices.Clone(calls), func(w algebra.Witness) bool { return !facts.Runs(w.Arch) })
}

// refused is about a container that runs, and that the policy in force would refuse.
func (n *Node) refused(s *subject, h *holding) judgement {
	r := s.refusal()
	switch {
	case r == nil:
		return judgement{verdict: Unknown, reason: s.err.Error()}
	case h.none && (s.stranger != "" || n.floored()):
		return judgement{verdict: Unfiltered, reason: s.bare(n)}
	case r.Decision.Undecidable && (s.record == nil || s.record.Shortened):
		return judgement{verdict: Unknown, reason: "the policy cannot be decided on what is known here: " + r.Message}
	case s.record == nil && h.none:
		return judgement{verdict: Unfiltered, reason: "it has no filter, and the policy refuses it: " + r.Message}
	case s.older(n):
		return judgement{verdict: Stale, reason: "a new one would be refused: " + r.Message}
	case s.record == nil:
		return judgement{verdict: Weaker, reason: "the policy refuses it, and no decision on it is on record: " + r.Message}
	}
	if ended := n.ended(s, nil); len(ended) > 0 {
		return judgement{verdict: Outlived, reason: exceptionsEnded(ended) + "; a new one would be refused: " + r.Message}
	}
	return judgement{verdict: Weaker, reason: "the policy refuses it: " + r.Message}
}

// floored reports whether the policy denies something to every container, whatever its rules say.
func (n *Node) floored() bool {
	p := n.settings.Engine.Policy()
	return p.Floor != nil && p.FloorMode() == policy.ModeEnforce && len(p.Exceptions) == 0
}

// classify says why a container may make calls that the policy in force denies it.
func (n *Node) classify(s *subject, h *holding, calls []algebra.Witness) judgement {
	j := judgement{verdict: Weaker, calls: calls}
	then, known := n.then(s)
	asThen := false
	if known {
		beyond, err := n.beyond(h, then.Effective)
		asThen = err == nil && len(beyond) == 0
	}
	ended := n.ended(s, calls)
	switch {
	case asThen && len(ended) > 0 && n.withThem(s, h):
		j.verdict, j.reason = Outlived, exceptionsEnded(ended)
	case asThen && s.older(n):
		j.verdict, j.reason = Stale, "it was decided on by an older policy"
	case asThen && s.record.Snapshot != n.settings.Engine.Snapshot():
		j.verdict, j.reason = Stale, "the policy was compiled again since, for another kernel or runtime"
	case asThen:
		j.verdict, j.reason = Stale, "it was decided on before a denial of the policy began"
	case s.record != nil && !known && s.older(n) && !s.changed && n.asConfigured(s, h):
		j.verdict, j.reason = Stale, "it was decided on by an older policy, which is not kept any more"
	case h.none:
		j.verdict, j.reason = Unfiltered, s.bare(n)
	case s.record == nil && s.older(n):
		j.verdict, j.reason = Stale, "it started before the policy in force, and no decision on it is on record"
	case s.record == nil:
		j.reason = s.unrecorded()
	case h.basis == ByKernel && !n.asConfigured(s, h):
		j.reason = "the kernel holds a weaker filter than its configuration has"
	case s.changed:
		j.reason = "its configuration has another filter than was decided"
	default:
		j.reason = "it has another filter than the policy gives it"
	}
	return j
}

// bare says why threads without a filter have none, as far as that is known.
func (s *subject) bare(n *Node) string {
	switch {
	case s.stranger != "":
		return "it has no filter; " + s.stranger + ", and no engine knows it"
	case s.filter() != nil:
		return "it has no filter, and its configuration has one"
	case s.record == nil && s.workload.Kinds == workload.KindSandbox && !slices.Contains(n.settings.Engine.Policy().RelyOn(), workload.DoorRuntime):
		return "it has no filter: it is the pause container of a pod, which only the runtime door sees, and the policy does not rely on that one"
	case s.record == nil && s.workload.Kinds == workload.KindSandbox && !s.older(n):
		return "it has no filter: it is the pause container of a pod, which only the runtime door sees"
	case s.record == nil && s.older(n):
		return "it has no filter; it started before the policy in force, and no decision on it is on record"
	case s.record == nil:
		return "it has no filter, and " + s.unrecorded()
	}
	return "it has no filter, and its configuration has none"
}

func (s *subject) unrecorded() string {
	if s.logged {
		return "no decision on it is on record: it came in by no door"
	}
	return "no decision on it is on record, where the log does not reach back to its start"
}

// asConfigured reports whether a holding permits nothing that the configuration denies.
func (n *Node) asConfigured(s *subject, h *holding) bool {
	calls, err := n.beyond(h, s.filter())
	return err == nil && len(calls) == 0
}

// older reports whether another policy than the one in force decided, or none did when there was another one. A policy that was
// compiled again, for a new kernel or runtime, is the same one.
func (s *subject) older(n *Node) bool {
	since, same := n.lineage()
	if s.record != nil {
		return !same[s.record.Snapshot]
	}
	return s.started.Before(since)
}

// lineage returns since when the policy in force is so, as far as what is kept tells, and the digests of its snapshots.
func (n *Node) lineage() (since time.Time, same map[string]bool) {
	if n.same == nil {
		n.same, n.since = map[string]bool{}, n.settings.Snapshot.Created
		source := snapshot.SourceDigest(n.settings.Snapshot.Sources)
		for _, snap := range n.kept() {
			if snapshot.SourceDigest(snap.Sources) == source {
				n.same[snap.Digest] = true
				if snap.Created.Before(n.since) {
					n.since = snap.Created
				}
			}
		}
	}
	return n.since, n.same
}

// then decides as when the container was created: by the policy of then, if it is kept, and as of that time.
func (n *Node) then(s *subject) (enforce.Outcome, bool) {
	if s.record == nil {
		return enforce.Outcome{}, false
	}
	engine := n.past(s.record.Snapshot, s.record.Time)
	if engine == nil {
		return enforce.Outcome{}, false
	}
	out, err := engine.Enforce(s.request)
	return out, err == nil
}

// withThem reports whether the policy in force, with the exceptions that have ended, gives the container what it has.
func (n *Node) withThem(s *subject, h *holding) bool {
	engine := n.past(n.settings.Engine.Snapshot(), s.record.Time)
	if engine == nil {
		return false
	}
	out, err := engine.Enforce(s.request)
	if err != nil {
		return false
	}
	calls, err := n.beyond(h, out.Effective)
	return err == nil && len(calls) == 0
}

// past returns the engine of a policy that is still kept, which decides as of a time; nil where it is not kept.
func (n *Node) past(digest string, at time.Time) *enforce.Engine {
	n.at = at
	if e, ok := n.engines[digest]; ok {
		return e
	}
	if n.engines == nil {
		n.engines = map[string]*enforce.Engine{}
	}
	var engine *enforce.Engine
	for _, snap := range n.kept() {
		if snap.Digest == digest {
			engine, _ = enforce.New(snap, func() time.Time { return n.at })
		}
	}
	n.engines[digest] = engine
	return engine
}
