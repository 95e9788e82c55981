package host

import "github.com/seccompd/seccompd/internal/doorconf"

// asksContainerd reports whether the runtime door asks containerd for what it keeps of containers. Where its settings are not
// sound it creates nothing, and it does not matter what it would ask.
func asksContainerd(file, other string) bool {
	s, err := doorconf.Load(file, other, true)
	return err == nil && s.ContainerdLookup > 0
}
