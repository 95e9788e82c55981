package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/policy"
)

// enforced reports whether neither a rule nor the floor is in audit.
func enforced(p *policy.Policy, rule int) bool {
	return p.ModeOf(rule) == policy.ModeEnforce && (p.Floor == nil || p.FloorMode() == policy.ModeEnforce)
}

// decided reads the decisions since a time.
func (d *denialsFlags) decided(since time.Time, rules map[string]*reportRule) error {
	log, err := audit.NewReader(d.decisions)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	once := containers{}
	for {
		rec, err := log.Next()
		if errors.Is(err, io.EOF) || err == nil && rec.Time.Before(since) {
			return nil
		}
		if err != nil {
			return err
		}
		r := rules[rec.Rule]
		if r == nil || rec.Result == audit.ResultRefused {
			continue
		}
		if once.first(rec, "") {
			r.Containers++
		}
		if rec.WouldRefuse && once.first(rec, "refuse") {
			r.WouldRefuse++
		}
		if slices.ContainsFunc(rec.Notes, func(n string) bool { return strings.HasPrefix(n, "nothing is logged") }) && once.first(rec, "unlogged") {
			r.unlogged++
		}
	}
}

// containers are those that were counted, by rule and for what. Where a node has two doors both decide on a container of a pod,
// and it is one container.
type containers map[[3]string]bool

func (c containers) first(rec audit.Record, what string) bool {
	key := [3]string{rec.Rule, containerOf(rec), what}
	known := c[key]
	c[key] = true
	return !known
}

// containerOf is the id of the container that a record is about, or the record's own where that is not on it.
func containerOf(rec audit.Record) string {
	if rec.Workload != nil && rec.Workload.ID != "" {
		return rec.Workload.ID
	}
	return rec.ID
}

// denied sorts what would be denied by rule and workload.
func (d *denialsFlags) denied(list []denial.Denial, rules map[string]*reportRule, p *policy.Policy) {
	type key struct{ rule, namespace, name, image string }
	at := map[key]int{}
	first := map[key]denial.Container{}
	for _, one := range list {
		c := one.Container
		r := rules[c.Rule]
		if r == nil || !c.Audited || !one.Matters() || denial.Denies(one.Action) {
			continue
		}
		_, profile, _, _ := denying(p, c, d.decisions)
		goes := goesOn(profile, one.Syscall)
		if !goes {
			r.WouldDeny += one.Count
		}
		k := key{c.Rule, c.Namespace, c.Name, c.Image}
		i, ok := at[k]
		if !ok {
			i = len(r.Workloads)
			at[k], first[k] = i, c
			r.Workloads = append(r.Workloads, reportWorkload{Namespace: c.Namespace, Name: c.Name, Image: c.Image})
		}
		w := &r.Workloads[i]
		if c.Pod != "" && !slices.Contains(w.Pods, c.Pod) {
			w.Pods = append(w.Pods, c.Pod)
		}
		w.add(or(one.Syscall, "(several)"), one.Count, goes)
	}
	for k, i := range at {
		w := &rules[k.rule].Workloads[i]
		slices.Sort(w.Pods)
		c := first[k]
		if len(w.Pods) > 1 {
			c.Pod = "" // for all of them
		}
		w.Suggested.Container = c
		for _, call := range w.Calls {
			w.Suggested.Calls = append(w.Suggested.Calls, call.Syscall)
		}
		d.suggestFor(&w.Suggested, p)
	}
}

func (w *reportWorkload) add(call string, n uint64, goesOn bool) {
	i, ok := slices.BinarySearchFunc(w.Calls, call, func(c reportCall, name string) int { return strings.Compare(c.Syscall, name) })
	if !ok {
		w.Calls = slices.Insert(w.Calls, i, reportCall{Syscall: call, GoesOn: goesOn})
	}
	w.Calls[i].Count += n
}

// denied counts the workloads that would be denied a call that they need.
func (r *reportRule) denied() (n int) {
	for _, w := range r.Workloads {
		if slices.ContainsFunc(w.Calls, func(c reportCall) bool { return !c.GoesOn }) {
			n++
		}
	}
	return n
}

// judge says whether a rule can be enforced.
func (r *reportRule) judge(enforced bool, lost bool) {
	switch {
	case enforced:
		r.Enforce = enforcedNow
	case r.WouldRefuse > 0:
		r.Enforce, r.Because = no, plural(r.WouldRefuse, "container")+" would be refused"
	case r.WouldDeny > 0:
		r.Enforce, r.Because = no, fmt.Sprintf("%s of %s would be denied", plural(int(r.WouldDeny), "call"), plural(r.denied(), "workload"))
	case r.Containers == 0:
		r.Enforce, r.Because = unknown, "no container was decided on by it"
	case r.unlogged > 0:
		r.Enforce, r.Because = unknown, "nothing could be logged in "+plural(r.unlogged, "container")
	case lost:
		r.Enforce, r.Because = unknown, "not everything was seen"
	default:
		r.Enforce = yes
	}
}

// usualNotSeen is how many things no audit can see.
const usualNotSeen = 3

// missed says what was not seen, and reports whether that is more than what no audit can see.
func (a *reportAnswer) missed(seen *denialsAnswer) (lost bool) {
	a.NotSeen = []string{ // usualNotSeen of them
		"calls that were not made meanwhile, as those of a job that runs once a month or of an error that did not happen",
		"containers that were created before " + a.Since.UTC().Format(time.RFC3339),
		"arguments of calls: a suggestion opens a call with any",
	}
	add := func(format string, args ...any) {
		lost = true
		a.NotSeen = append(a.NotSeen, fmt.Sprintf(format, args...))
	}
	s := seen.Reader
	switch {
	case s == nil && errors.Is(seen.unread, fs.ErrNotExist):
		add("denied calls: the daemon does not read denials")
		return lost
	case s == nil:
		add("denied calls: how the daemon's reading goes is not known: %v", seen.unread)
		return lost
	case !s.Reading:
		add("denied calls: the daemon cannot read denials: %s", or(s.Error, "it has not begun yet"))
	case s.Since.After(a.Since):
		add("what was before the daemon began to read, at %s (--since looks at what came then)", s.Since.UTC().Format(time.RFC3339))
	}
	for _, m := range s.Missed() {
		add("%s", m)
	}
	return lost
}
