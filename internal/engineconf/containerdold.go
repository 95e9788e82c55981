package engineconf

import "fmt"

// ContainerdOld has a containerd 1.x create containers with our runtime, by the PATH of its unit. Its files are only read: a
// drop-in would replace CRI's whole section there. A handler that names runc or crun by a path is an error, because that is
// stronger than PATH.
type ContainerdOld struct {
	Containerd
	Shims string // the directory with our runtime
}

// Plan returns the change. It reads files only.
func (c ContainerdOld) Plan(on bool) (*Change, error) {
	unit := Unit{Name: "containerd", Shims: c.Shims, Root: c.Root}
	if !on {
		return unit.Plan(on)
	}
	r, err := c.read(nil)
	if err != nil {
		return nil, fmt.Errorf("plan containerd's configuration: %w", err)
	}
	change, err := unit.Plan(on)
	if err != nil {
		return nil, err
	}
	for name, h := range sorted(r.handlers()) {
		ours := standsFor(h.binary)
		switch {
		case h.binary == "" && h.guarded(), ours != "" && h.binary == c.Shims+"/"+ours:
		case h.guarded():
			return nil, fmt.Errorf("plan containerd's configuration: handler %s names %s, which is stronger than PATH: set BinaryName = %q in %s", name, h.binary, c.Shims+"/"+ours, c.ConfigPath)
		default:
			change.Notes = append(change.Notes, fmt.Sprintf("runtime handler %s is %s, which seccompd does not stand for: its containers are not guarded", name, h.what()))
		}
	}
	return change, nil
}
