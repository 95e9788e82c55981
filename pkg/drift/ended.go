package drift

import (
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
)

// ended lists the exceptions that the container was created under, that have ended by now, and that allowed some of the given
// calls; with no calls, whatever they allowed. Those that were taken out of the policy are not among them: then it is another one.
func (n *Node) ended(s *subject, calls []algebra.Witness) []string {
	if s.record == nil {
		return nil
	}
	var list []string
	for _, x := range n.settings.Snapshot.Policy.Exceptions {
		if !slices.Contains(s.record.Exceptions, x.Name) || slices.Contains(s.outcome.Exceptions, x.Name) {
			continue
		}
		if len(calls) == 0 || n.allowed(x, calls) {
			list = append(list, x.Name)
		}
	}
	return list
}

// allowed reports whether an exception allowed some of the calls.
func (n *Node) allowed(x policy.Exception, calls []algebra.Witness) bool {
	if len(x.Allow) == 0 {
		return true // it was an exception to the whole floor
	}
	p := n.settings.Snapshot.Calls[policy.CallsKey(x.Allow)]
	if p == nil {
		return false
	}
	f, err := p.Resolve(profile.Target{Facts: n.settings.Snapshot.Facts})
	if err != nil {
		return false
	}
	_, denied, err := n.meanings.filter(f)
	return err == nil && slices.ContainsFunc(calls, func(w algebra.Witness) bool {
		return denied.Evaluate(w.Arch, w.Number, w.Args).Class() == algebra.Denies
	})
}

func exceptionsEnded(names []string) string {
	if len(names) == 1 {
		return "exception " + names[0] + " has ended"
	}
	return "exceptions " + strings.Join(names, ", ") + " have ended"
}
