package drift

import (
	"path/filepath"
	"slices"
)

// Roots are where engines and runtimes keep their state. What is not there is passed over.
type Roots struct {
	// Proc is where procfs is mounted.
	Proc string
	// Containerd are containerd's state directories, those of Docker's own containerd among them.
	Containerd []string
	// Runtimes are the directories in which runc and crun keep their state, with one directory for each container, or for
	// each namespace of containerd.
	Runtimes []string
	// Docker is Docker's data directory, for the names of its containers.
	Docker string
}

// DefaultRoots are those of an installed node.
func DefaultRoots() Roots {
	return Roots{
		Proc:       "/proc",
		Containerd: []string{"/run/containerd", "/var/run/docker/containerd/daemon"},
		Runtimes:   []string{"/run/containerd/runc", "/run/runc", "/run/crun", "/var/run/docker/runtime-runc"},
		Docker:     "/var/lib/docker",
	}
}

// distinct are directories without those that are the same one by another path.
func distinct(dirs []string) []string {
	var out []string
	for _, dir := range dirs {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		if !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	return out
}
