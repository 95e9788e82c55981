package drift

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// Exposure says which containers can make some calls.
type Exposure struct {
	Time    time.Time `json:"time"`
	Kernel  bool      `json:"kernel"`
	Stopped int       `json:"stopped"`
	// Read is how many processes have filters that the daemon has read, and that were not read again.
	Read int `json:"read,omitempty"`
	// Owners have containers that can, or of which it is not known; Closed is how many containers cannot.
	Owners []Owner  `json:"owners"`
	Closed int      `json:"closed"`
	Notes  []string `json:"notes,omitempty"`
}

// Owner is a pod, as NAMESPACE/POD, or a container of an engine without pods, as ENGINE/NAME.
type Owner struct {
	Owner      string    `json:"owner"`
	Containers []Exposed `json:"containers"`
}

// Can says whether a container can make a call.
type Can string

// The answers. Where it is CanYes, at least one thread can.
const (
	CanYes     Can = "yes"
	CanUnknown Can = "unknown"
)

// Exposed is a container that can make one of the calls, or of which that is not known.
type Exposed struct {
	ID      string    `json:"id"`
	Name    Name      `json:"name"`
	PID     int       `json:"pid,omitempty"`
	Started time.Time `json:"started,omitzero"`
	Can     Can       `json:"can"`
	// Basis is what the answer stands on, Reason why it is not known.
	Basis  Basis  `json:"basis,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Calls are examples of what it can call, at most MaxCalls. A is what they are answered.
	Calls []algebra.Witness `json:"calls,omitempty"`
}

// Exposed looks which running containers can make one of the calls that a meaning denies, on the ABIs that it has. It needs no
// policy.
func (n *Node) Exposed(ctx context.Context, q Query, denied algebra.Meaning) (*Exposure, error) {
	n.stopped, n.recalled, n.seen = 0, 0, nil
	lost := n.remember()
	list, notes, err := n.find(ctx)
	if err != nil {
		return nil, err
	}
	if lost != "" {
		notes = append(notes, lost)
	}
	if list, err = q.pick(list); err != nil {
		return nil, err
	}
	e := &Exposure{Time: n.settings.Now(), Kernel: q.Kernel, Owners: []Owner{}, Notes: notes}
	owners := map[string]*Owner{}
	for _, f := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := Exposed{ID: f.id, Name: nameOf(f.workload), PID: f.pid, Started: n.started(f).UTC()}
		if !n.can(&x, f, q.Kernel, denied) {
			e.Closed++
			continue
		}
		name := x.Name.owner(f.id)
		if owners[name] == nil {
			owners[name] = &Owner{Owner: name}
		}
		owners[name].Containers = append(owners[name].Containers, x)
	}
	for _, o := range owners {
		slices.SortFunc(o.Containers, func(a, b Exposed) int {
			return cmp.Or(cmp.Compare(a.Name.String(), b.Name.String()), cmp.Compare(a.ID, b.ID))
		})
		e.Owners = append(e.Owners, *o)
	}
	slices.SortFunc(e.Owners, func(a, b Owner) int { return cmp.Compare(a.Owner, b.Owner) })
	e.Stopped, e.Read = n.stopped, n.recalled
	return e, nil
}

// can fills in whether a container can make a call, and returns false where it cannot, or has ended.
func (n *Node) can(x *Exposed, f *found, kernel bool, denied algebra.Meaning) bool {
	if f.guest != "" {
		x.Can, x.Reason = CanUnknown, "it runs in "+f.guest+", with a kernel of its own"
		return true
	}
	n.meanings.until = time.Now().Add(enough)
	holdings, err := n.holdings(f, kernel)
	if err != nil {
		x.Can, x.Reason = CanUnknown, err.Error()
		return true
	}
	if h, ok := n.byConfiguration(f, holdings); ok {
		holdings = append(holdings, h)
	}
	for i := range holdings {
		h := &holdings[i]
		switch {
		case h.strict:
		case h.unknown != "":
			if x.Can == "" {
				x.Can, x.Reason = CanUnknown, h.unknown
			}
		default:
			calls, err := n.meanings.beyond(h, func(_ string, has algebra.Meaning) []algebra.Witness {
				return algebra.Compare(has.Restrict(denied.Architectures()), denied).Weaker
			})
			switch {
			case err != nil && x.Can == "":
				x.Can, x.Reason = CanUnknown, err.Error()
			case err == nil && len(calls) > 0:
				x.Can, x.Reason, x.Basis, x.Calls = CanYes, "", h.basis, few(calls)
				return true
			}
		}
	}
	return x.Can != ""
}
