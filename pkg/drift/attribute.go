package drift

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// owners finds the container of a process: by its control groups, which a container's processes cannot leave, or else by
// namespaces that only one container has, or else by its parents.
type owners struct {
	byPID           map[int]*found
	byGroup         map[group]*found
	byPIDNS, byMtNS map[string]*found
	processes       map[int]process
}

// attribute gives every process to its container, and returns those that are in one which no engine knows.
func attribute(list []*found, processes []process, host []process) []*found {
	o := &owners{
		byPID: map[int]*found{}, byGroup: map[group]*found{}, byPIDNS: map[string]*found{}, byMtNS: map[string]*found{},
		processes: map[int]process{},
	}
	for _, p := range processes {
		o.processes[p.pid] = p
	}
	for _, f := range list {
		o.learn(f, host)
	}
	strangers := map[string]*found{}
	for _, p := range processes {
		f := o.of(p)
		if f == nil {
			f = stranger(strangers, p, host)
		}
		if f != nil {
			f.processes = append(f.processes, p)
		}
	}
	var more []*found
	for _, f := range strangers {
		more = append(more, f)
	}
	slices.SortFunc(more, func(a, b *found) int { return strings.Compare(a.id, b.id) })
	return more
}

// learn notes what tells a container's processes. What two containers share tells nothing, and stays in the maps as nil.
func (o *owners) learn(f *found, host []process) {
	p, ok := o.processes[f.pid]
	if !ok {
		return
	}
	o.byPID[f.pid] = f
	for _, g := range p.groups {
		shared := slices.ContainsFunc(host, func(h process) bool { return slices.Contains(h.groups, g) })
		if g.path != "/" && !shared && !strings.Contains(g.path, "/..") {
			note(o.byGroup, g, f)
		}
	}
	if p.elsewhere(host) {
		note(o.byPIDNS, p.pidNS, f)
	}
	if p.mountNS != "" && !slices.ContainsFunc(host, func(h process) bool { return h.mountNS == p.mountNS }) {
		note(o.byMtNS, p.mountNS, f)
	}
}

// elsewhere reports whether a process is known to be in another PID namespace than the host's processes.
func (p process) elsewhere(host []process) bool {
	return p.pidNS != "" && !slices.ContainsFunc(host, func(h process) bool { return h.pidNS == p.pidNS })
}

func note[K comparable](m map[K]*found, key K, f *found) {
	if old, ok := m[key]; ok && old != f {
		f = nil
	}
	m[key] = f
}

func (o *owners) of(p process) *found {
	for depth := 0; depth < 64; depth++ {
		if f := o.direct(p); f != nil {
			return f
		}
		parent, ok := o.processes[p.parent]
		if !ok || parent.pid == p.pid {
			return nil
		}
		p = parent
	}
	return nil
}

func (o *owners) direct(p process) *found {
	if f := o.byPID[p.pid]; f != nil {
		return f
	}
	for _, g := range p.groups {
		for dir := g.path; dir != "/" && dir != "." && dir != ""; dir = path.Dir(dir) {
			if f := o.byGroup[group{g.hierarchy, dir}]; f != nil {
				return f
			}
		}
	}
	if f := o.byPIDNS[p.pidNS]; f != nil {
		return f
	}
	return o.byMtNS[p.mountNS]
}

// containerID is how engines name the control group of a container: by its id of 64 digits, with the engine before it and
// the kind of unit behind it under systemd.
var containerID = regexp.MustCompile(`^(?:[a-z]+(?:-[a-z]+)*-)?([0-9a-f]{64})(?:\.scope)?$`)

// stranger returns the container of a process that is in a PID namespace of its own, or in a control group that is named as
// a container's, though no engine knows it; nil for any other process.
func stranger(known map[string]*found, p process, host []process) *found {
	key, why := "", ""
	for _, g := range p.groups {
		for name := range strings.SplitSeq(g.path, "/") {
			if m := containerID.FindStringSubmatch(name); m != nil && !strings.Contains(name, "conmon") {
				key, why = m[1], "its control group is named as a container's"
			}
		}
	}
	if key == "" && p.elsewhere(host) {
		key, why = p.pidNS, "it has a PID namespace of its own"
	}
	if key == "" {
		return nil
	}
	f := known[key]
	if f == nil {
		f = &found{id: key, pid: p.pid, stranger: why}
		f.workload = &workload.Workload{ID: key, Requested: workload.AnyRequest, Kinds: workload.AnyKind}
		known[key] = f
	}
	return f
}
