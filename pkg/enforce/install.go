package enforce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// install makes the outcome of a draft: a filter that the runtime loads for what the draft means, proved.
func (e *Engine) install(req Request, d draft, f floor) (Outcome, *Refusal) {
	out := Outcome{Profile: d.profile, Floor: f.there, Effective: req.Current.Filter, Notes: d.notes}
	if d.state != CurrentFilter {
		return out, nil
	}
	target := e.target(req)
	s, notes, refusal := e.written(d, target)
	if refusal != nil || s == nil {
		out.Notes = append(out.Notes[:len(out.Notes):len(out.Notes)], notes...)
		return out, refusal
	}
	if err := e.proved(req, d, f, s, target); err != nil {
		return Outcome{}, refuse(ReasonUnproved, err.Error())
	}
	out.Notes = append(out.Notes[:len(out.Notes):len(out.Notes)], notes...)
	e.loosens(&out, req, s, target)
	if target.loadsSame(s, req.Current.Filter) {
		return out, nil
	}
	out.Install, out.Effective = s, s
	return out, nil
}

// target is what a filter is written for: the runtimes that may load it, and what is on the way to them.
type target struct {
	algebra.Env
	runtimes []host.Runtime
}

// oldest is the vocabulary of a libseccomp of which nothing is known: that of the first release that was checked.
var oldest, _ = syscalls.Vocabulary("2.5.0")

// target returns what the filter of a request is written for. Where several runtimes may be the one that will load it, it is
// written so that each of them does. One that was not asked when the facts of this machine were read may be of the oldest
// libseccomp.
func (e *Engine) target(req Request) target {
	t := target{Env: algebra.Env{Native: e.host.Native, Stub: true, NoDefaultErrno: req.Workload.Door == workload.DoorNRI}}
	for _, rt := range e.host.Runtimes {
		if req.Runtime == rt.Name {
			t.runtimes = append(t.runtimes, rt)
		}
	}
	stranger := e.host.KernelRelease != "" && len(t.runtimes) == 0 && (req.Runtime != "" || len(e.host.Runtimes) == 0)
	if len(t.runtimes) == 0 {
		t.runtimes = e.host.Runtimes
	}
	for i, rt := range t.runtimes {
		v, ok := rt.Vocabulary()
		if !ok {
			v = oldest
		}
		if i > 0 {
			v = syscalls.Common(v, *t.Vocabulary)
		}
		t.Vocabulary = &v
		t.Stub = t.Stub && rt.Name == "runc"
	}
	if stranger {
		v := oldest
		if t.Vocabulary != nil {
			v = syscalls.Common(v, *t.Vocabulary)
		}
		t.Vocabulary = &v
	}
	return t
}

// written returns a draft as a filter, and what its author would not expect; nil if the current filter is to stay as it is.
func (e *Engine) written(d draft, t target) (*specs.LinuxSeccomp, []string, *Refusal) {
	s, rec, err := e.writtenFor(d, t)
	asIs := d.text != nil && d.profile == CurrentProfile // nothing is asked of it that it does not do
	switch {
	case asIs && (err != nil || len(rec.OverBudget)+len(rec.Separated)+len(rec.Renumbered) > 0):
		return nil, []string{"the container's own filter stays as it is: rewritten, it would not mean quite the same"}, nil
	case err != nil:
		return nil, nil, refuse(ReasonUnproved, err.Error())
	case len(rec.OverBudget) > 0 && e.snap.Policy.OnBudget == policy.OnBudgetRefuse:
		return nil, nil, refuse(ReasonBudget, "the filter has too many conditions on "+strings.Join(rec.OverBudget, ", ")+", and onBudget says refuse")
	}
	return s, t.stricter(rec), nil
}

// writtenFor writes a draft for a target: as its text says where nothing is to be rewritten and nothing gets lost on the way,
// and otherwise in the form that every runtime reads in one way.
func (e *Engine) writtenFor(d draft, t target) (*specs.LinuxSeccomp, algebra.Record, error) {
	if d.text != nil && !e.normalises() && !(t.NoDefaultErrno && d.text.DefaultErrnoRet != nil) {
		return d.text, algebra.Record{}, nil
	}
	s, rec, err := algebra.Emit(d.Meaning, t.Env)
	if err != nil {
		return nil, rec, err
	}
	return t.usable(s), rec, nil
}

// loadsSame reports whether the container's own filter has the rules of one that was written, so that there is nothing to
// install. Absent flags are what runtimes take them for, SPEC_ALLOW, and the native architecture is always in.
func (t target) loadsSame(s, own *specs.LinuxSeccomp) bool {
	if own == nil {
		return false
	}
	same := *own
	if same.Flags == nil {
		same.Flags = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagSpecAllow}
	}
	if !slices.Contains(same.Architectures, t.Native) {
		same.Architectures = append([]specs.Arch{t.Native}, same.Architectures...)
	}
	return profile.Digest(t.usable(&same)) == profile.Digest(s)
}

// usable drops the flags that some runtime of the target does not accept.
func (t target) usable(s *specs.LinuxSeccomp) *specs.LinuxSeccomp {
	if len(t.runtimes) == 0 {
		s, _ = UsableFlags(s, nil)
	}
	for i := range t.runtimes {
		s, _ = UsableFlags(s, &t.runtimes[i])
	}
	return s
}

// stricter says where a filter is stricter than what was meant.
func (t target) stricter(rec algebra.Record) []string {
	tighter := rec.Tighter
	if t.Vocabulary != nil && !rec.Inverted {
		// A rule that permits a call by a name which the runtime does not know was none before.
		tighter = slices.DeleteFunc(slices.Clone(tighter), func(w algebra.Witness) bool { return w.Name != "" && !t.Vocabulary.Knows(w.Arch, w.Name) })
	}
	if len(tighter) == 0 {
		return nil
	}
	why := "the runtime cannot tell them from others"
	switch {
	case rec.Inverted:
		why = "the runtime's libseccomp does not know a call that is denied, so that all calls which it does not know are denied"
	case len(rec.OverBudget) > 0:
		why = "the conditions on " + strings.Join(rec.OverBudget, ", ") + " are too many for the runtime's libseccomp"
	}
	if len(tighter) == 1 {
		return []string{fmt.Sprintf("stricter than meant for %s: %s", tighter[0].Call, why)}
	}
	return []string{fmt.Sprintf("stricter than meant for %d calls, as %s: %s", len(tighter), tighter[0].Call, why)}
}

// proved returns an error unless a filter that was written is what it has to be: where the floor denies, it denies as the
// runtime will read it; the runtime loads it; and it does not take from the container a call that the runtime itself needs.
// It trusts nothing that was computed on the way, but the reading of rules.
func (e *Engine) proved(req Request, d draft, f floor, s *specs.LinuxSeccomp, t target) error {
	if f.there {
		m, overlaps, err := algebra.Read(s, t.Env)
		if err != nil {
			return fmt.Errorf("read the filter again: %w", err)
		}
		if len(overlaps) > 0 {
			return fmt.Errorf("the filter has two answers to %s", overlaps[0].Call)
		}
		if c := algebra.Compare(m, f.Meaning); len(c.Weaker) > 0 {
			w := c.Weaker[0]
			return fmt.Errorf("the filter would permit what the floor denies: %s answers %s, the floor %s", w.Call, w.A, w.B)
		}
	}
	if len(t.runtimes) == 0 {
		return profile.Validate(s, nil)
	}
	for _, rt := range t.runtimes {
		if err := profile.Validate(s, &rt); err != nil {
			return fmt.Errorf("%s %s does not load the filter: %w", rt.Name, rt.Version, err)
		}
		if d.text != nil {
			continue // as its author wrote it: a profile of the policy was checked, and a workload's own is its own affair
		}
		if lost := lost(s, req.Current.Filter, rt); len(lost) > 0 {
			return fmt.Errorf("%s needs %s to start the container, which the filter that was combined for it denies", rt.Name, strings.Join(lost, ", "))
		}
	}
	return nil
}

// lost lists the calls that the runtime needs and a filter denies, but for those that the container's own denies, too.
func lost(s, own *specs.LinuxSeccomp, rt host.Runtime) []string {
	var out []string
	for _, name := range MissingRequired(s, rt) {
		if own == nil || !Denies(own, name) {
			out = append(out, name)
		}
	}
	return out
}
