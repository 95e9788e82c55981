// Package coverage finds out which container engines are on a machine, and which door of seccompd guards each of them. It reads
// files, asks programs for their versions, and changes nothing.
package coverage

import (
	"context"
	"path/filepath"

	"github.com/seccompd/seccompd/internal/engineconf"
)

// State is what is known of a door.
type State string

// The states: it guards, it does not, or that cannot be told.
const (
	Yes     State = "yes"
	No      State = "no"
	Unknown State = "unknown"
)

// Engine is a container engine that is installed.
type Engine struct {
	Name    string `json:"name"`
	Program string `json:"program"`
	Version string `json:"version"`
	// Running are the processes of its daemon; podman has none.
	Running []int  `json:"running,omitempty"`
	Doors   []Door `json:"doors"`
	// Open is what goes round the doors with this configuration.
	Open []Opening `json:"open,omitempty"`
}

// Guarded reports whether a door guards the engine: for all clients of containerd only the runtime door does.
func (e Engine) Guarded() bool {
	for _, d := range e.Doors {
		if d.Name == "runtime" {
			return d.State == Yes && len(e.Open) == 0
		}
	}
	return false
}

// Door is a door of an engine.
type Door struct {
	Name  string `json:"name"` // nri, runtime
	State State  `json:"state"`
	// Covers is what comes through it, How is how the state is known, Close the command that makes it Yes.
	Covers string `json:"covers"`
	How    string `json:"how"`
	Close  string `json:"close,omitempty"`
}

// Opening is a way round that the machine's own configuration leaves.
type Opening struct {
	What  string `json:"what"`
	Close string `json:"close,omitempty"`
}

// Node is the machine that is looked at.
type Node struct {
	// Root is put before every path, for a tree that is not the running system's.
	Root string
	// Shims is the directory with the runtime door's programs.
	Shims string
	// Containerd is where containerd's configuration is.
	Containerd engineconf.Containerd
}

// programs are the engines by the program that tells their version.
var programs = []struct{ engine, program, daemon string }{
	{"containerd", "containerd", "containerd"}, {"docker", "dockerd", "dockerd"}, {"podman", "podman", ""}, {"cri-o", "crio", "crio"},
}

// Engines returns the engines that are installed, in a fixed order.
func (n Node) Engines(ctx context.Context) []Engine {
	var found []Engine
	for _, p := range programs {
		path := n.program(p.program)
		if path == "" {
			continue
		}
		e := Engine{Name: p.engine, Program: path, Version: version(ctx, filepath.Join(n.Root, path))}
		if p.daemon != "" && n.Root == "" {
			e.Running = processes(p.daemon)
		}
		n.doors(ctx, &e)
		found = append(found, e)
	}
	return found
}

func (n Node) doors(ctx context.Context, e *Engine) {
	if e.Name == "containerd" {
		e.Doors = append(e.Doors, n.nri(ctx, e))
	}
	d := n.runtime(ctx, e)
	e.Doors = append(e.Doors, d)
	if e.Name == "containerd" && d.State != Yes && n.program("criu") != "" {
		e.Open = append(e.Open, Opening{
			What:  "criu is installed: containerd may restore a pod's container from an image, and its processes have the filters that they had; only the runtime door sees that",
			Close: d.Close,
		})
	}
}
