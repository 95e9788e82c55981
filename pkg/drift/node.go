package drift

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// Settings are those of a Node.
type Settings struct {
	Roots Roots
	// Decisions is the decision log; "" is none. RunDir is the node's run directory, in which the NRI door leaves records.
	Decisions string
	RunDir    string
	// Engine and Snapshot are the policy in force, which Audit needs; Store has older ones, and may be nil.
	Engine   *enforce.Engine
	Snapshot *snapshot.Snapshot
	Store    *snapshot.Store
	// Read has Audit read the filters that the kernel holds where a stop disturbs nobody, each once, and leave what it read in
	// RunDir. Without it Audit goes by what is left there.
	Read bool
	Now  func() time.Time
}

// Node looks at the containers of a machine. It belongs to one goroutine.
type Node struct {
	settings Settings
	proc     procfs
	booted   time.Time
	meanings *meanings
	engines  map[string]*enforce.Engine
	old      []*snapshot.Snapshot
	same     map[string]bool // the digests of the policy in force, also as compiled for another kernel
	since    time.Time       // when the first of those was made
	at       time.Time       // what the engines of the past take for the time
	stopped  int
	recalled int // processes whose filters were known already
	// installed is what is known of what the kernel holds; off is why it is not read, and nil before that was asked.
	installed *installed
	readings  []Reading
	// seen are the threads of processes as they were a moment ago, where this look has seen them already.
	seen    map[int][]thread
	off     *string
	patient time.Time // until when this look waits for filters of new processes
}

// New returns a node. What it learns of filters it keeps, so that the next look costs less.
func New(s Settings) *Node {
	if s.Now == nil {
		s.Now = time.Now
	}
	return &Node{settings: s, proc: procfs(s.Roots.Proc), meanings: newMeanings()}
}

// Use has the node go by another policy.
func (n *Node) Use(engine *enforce.Engine, snap *snapshot.Snapshot) {
	if n.settings.Engine == engine {
		return
	}
	n.settings.Engine, n.settings.Snapshot = engine, snap
	n.engines, n.old, n.same = nil, nil, nil
}

// remember recalls what was read of processes, on a machine whose own procfs is looked at: this node by itself, or the
// daemon. What cannot be recalled is a sentence.
func (n *Node) remember() (problem string) {
	if n.installed != nil && n.settings.Read {
		return ""
	}
	n.installed = newInstalled()
	if n.settings.RunDir == "" || n.settings.Roots.Proc != DefaultRoots().Proc {
		return ""
	}
	i, err := load(n.settings.RunDir)
	if err != nil {
		problem = err.Error()
	}
	n.installed = i
	return problem
}

// kept are the policies that can still be read, the one in force among them.
func (n *Node) kept() []*snapshot.Snapshot {
	if n.old == nil {
		n.old = []*snapshot.Snapshot{n.settings.Snapshot}
		if n.settings.Store != nil {
			list, _ := n.settings.Store.List() // what cannot be read is not kept
			n.old = append(n.old, list...)
		}
	}
	return n.old
}

// find finds every container, with its processes.
func (n *Node) find(ctx context.Context) ([]*found, []string, error) {
	booted, err := n.proc.boot()
	if err != nil {
		return nil, nil, fmt.Errorf("look at processes: %w", err)
	}
	n.booted, n.patient = booted, n.settings.Now().Add(settling)
	list, problems := n.settings.Roots.containers()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	processes, err := n.proc.all()
	if err != nil {
		return nil, nil, err
	}
	hidden := 0
	var host []process // the machine's first process, and this one
	for _, p := range processes {
		if p.hidden {
			hidden++
		}
		if p.pid == 1 || n.proc.self(p.pid) {
			host = append(host, p)
		}
	}
	switch {
	case hidden > 0 && os.Geteuid() != 0:
		return nil, nil, fmt.Errorf("look at processes: %w", fs.ErrPermission)
	case hidden > 0:
		problems = append(problems, fmt.Sprintf("processes of which the namespaces may not be seen: %d; they count as the host's, unless their control group says otherwise", hidden))
	}
	for _, f := range list {
		n.first(f, processes)
	}
	strangers := attribute(list, processes, host)
	var running []*found
	for _, f := range append(list, strangers...) {
		if len(f.processes) > 0 || f.guest != "" {
			running = append(running, f)
		}
	}
	return running, problems, nil
}

// first forgets a container's first process where it has ended and its number is another's by now.
func (n *Node) first(f *found, processes []process) {
	for _, p := range processes {
		if p.pid != f.pid {
			continue
		}
		late := !f.before.IsZero() && n.startOf(p).After(f.before.Add(tolerance))
		if late || f.ticks != 0 && f.ticks != p.start {
			break
		}
		return
	}
	f.pid = 0
}

func (n *Node) startOf(p process) time.Time {
	return n.booted.Add(time.Duration(p.start) * time.Second / ticksPerSecond)
}

// started is when a container's first process started, or the oldest of those that there are.
func (n *Node) started(f *found) time.Time {
	var first time.Time
	for _, p := range f.processes {
		if at := n.startOf(p); p.pid == f.pid || first.IsZero() || at.Before(first) && f.pid == 0 {
			first = at
		}
		if p.pid == f.pid {
			break
		}
	}
	return first
}
