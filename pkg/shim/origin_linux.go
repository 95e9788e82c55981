package shim

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/oci"
)

// namespace is containerd's own that the container is in, and "" where containerd does not create it. Its shim has the
// name in its environment and in the directory of the runtime's state; where they disagree, or one is missing, there is no
// such knowledge. Before 1.7 the environment does not have it, and the directory of the bundle stands in.
func (d *door) namespace() string {
	ns := getenv(d.env, "NAMESPACE")
	if parent := filepath.Dir(d.cmd.bundle); ns == "" && getenv(d.env, "TTRPC_ADDRESS") != "" && filepath.Base(filepath.Dir(parent)) == "io.containerd.runtime.v2.task" {
		ns = filepath.Base(parent)
	}
	if ns == "" || filepath.Base(d.cmd.root) != ns {
		return ""
	}
	return ns
}

func (d *door) origin(strict bool) oci.Origin {
	bundle, err := filepath.Abs(d.cmd.bundle)
	if err != nil {
		bundle = d.cmd.bundle
	}
	ns := d.namespace()
	return oci.Origin{ID: d.cmd.id, Bundle: bundle, Namespace: ns, Podman: ns == "" && d.podman(), StrictIdentity: strict}
}

// podman reports whether podman started this. It has set this variable for its monitor since 1.0, empty for root, and no option of
// a container changes it; CRI-O's monitor, which is the same program, has no such variable.
func (d *door) podman() bool {
	return slices.ContainsFunc(d.env, func(e string) bool { return strings.HasPrefix(e, "_CONTAINERS_ROOTLESS_UID=") })
}

// forget removes what is kept of a container that is being deleted.
func (d *door) forget() {
	ns := d.namespace()
	for _, arg := range d.cmd.rest {
		if checkID(arg) == nil && arg[0] != '-' {
			d.records().Remove(ns, arg)
			d.promises().remove(d.cmd.root, arg)
		}
	}
}
