package drift

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Audit looks at every container that runs and holds it against the policy in force. An error means that the node could not
// be looked at; what could not be told of one container is in the report.
func (n *Node) Audit(ctx context.Context, q Query) (*Report, error) {
	if n.settings.Engine == nil || n.settings.Snapshot == nil {
		return nil, errors.New("no policy is in force")
	}
	n.stopped, n.recalled = 0, 0
	lost := n.remember()
	list, notes, err := n.find(ctx)
	if err != nil {
		return nil, err
	}
	if lost != "" {
		notes = append(notes, lost)
	}
	n.installed.prune(list)
	known := &originals{target: profile.Target{Facts: n.settings.Snapshot.Facts}, list: list}
	if list, err = q.pick(list); err != nil {
		return nil, err
	}
	n.readings, n.seen = nil, nil
	if n.settings.Read && !q.Kernel && n.settings.Roots.Proc == DefaultRoots().Proc {
		if err = n.read(ctx, list); err != nil {
			return nil, err
		}
		if err := n.installed.keep(n.settings.RunDir); err != nil {
			notes = append(notes, err.Error())
		}
	}
	decisions, logged, err := n.recall(list)
	if err != nil {
		notes = append(notes, err.Error())
	}
	r := &Report{Time: n.settings.Now(), Snapshot: n.settings.Engine.Snapshot(), Kernel: q.Kernel, Containers: []Container{}, Counts: map[Verdict]int{}, Notes: notes}
	for _, v := range Verdicts() {
		r.Counts[v] = 0
	}
	for _, f := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s := &subject{found: f, started: n.started(f)}
		s.logged = err == nil && logged.Before(s.started)
		if one, ok := decisions[f.id]; ok {
			s.recall(one)
		}
		s.ask(n.settings.RunDir, known)
		s.decide(n.settings.Engine)
		if c, ok := n.container(s, q.Kernel); ok {
			r.Containers = append(r.Containers, c)
			r.Counts[c.Verdict]++
		}
	}
	r.Stopped, r.Read = n.stopped, n.recalled
	slices.SortFunc(r.Containers, func(a, b Container) int {
		return cmp.Or(cmp.Compare(a.Name.Engine, b.Name.Engine), cmp.Compare(a.Name.String(), b.Name.String()), cmp.Compare(a.ID, b.ID))
	})
	return r, nil
}

// recall reads the decisions on containers, and says how far back they go.
func (n *Node) recall(list []*found) (map[string]audit.Record, time.Time, error) {
	wanted := map[string]bool{}
	oldest := n.settings.Now()
	for _, f := range list {
		if f.stranger == "" {
			wanted[f.id] = true
			if at := n.started(f); !at.IsZero() && at.Before(oldest) {
				oldest = at
			}
		}
	}
	// A container can be created long before it is started, and is decided on when it is created.
	return records(n.settings.Decisions, wanted, oldest.Add(-24*time.Hour))
}
