package host

import "github.com/seccompd/seccompd/internal/doorconf"

// lookups reports whether the runtime door asks containerd for what it keeps of containers, and looks up what Docker does. Where
// its settings are not sound it creates nothing, and it does not matter what it would ask.
func lookups(file, other string) (containerd, docker bool) {
	s, err := doorconf.Load(file, other, true)
	return err == nil && s.ContainerdLookup > 0, err == nil && s.DockerRoot != ""
}
