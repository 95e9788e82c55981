package nri

import (
	"path"
	"slices"
	"strings"

	"github.com/containerd/nri/pkg/api"

	"github.com/seccompd/seccompd/pkg/workload"
)

// namespaces are the types of the OCI spec, and the host's namespace that a container without one shares.
var namespaces = map[string]workload.HostNamespaces{
	"pid": workload.HostPID, "network": workload.HostNetwork, "ipc": workload.HostIPC, "uts": workload.HostUTS,
	"user": workload.HostUser, "cgroup": workload.HostCgroup, "mount": workload.HostMount,
}

// hostNamespaces tells which of the host's namespaces a container shares: those that its spec does not list, and those
// that it takes over from its pod (as /proc/PID/ns/net, containerd) where the pod's sandbox does not list them.
func hostNamespaces(pod *api.PodSandbox, ctr *api.Container) workload.Attr[workload.HostNamespaces] {
	own := ctr.GetLinux().GetNamespaces()
	if len(own) == 0 {
		return workload.Unknown[workload.HostNamespaces]()
	}
	var shared workload.HostNamespaces
	for kind, bit := range namespaces {
		i := slices.IndexFunc(own, func(n *api.LinuxNamespace) bool { return n.GetType() == kind })
		switch {
		case i < 0:
			shared |= bit
		case strings.HasPrefix(own[i].GetPath(), "/proc/1/ns/"):
			shared |= bit
		case ofProcess(own[i].GetPath()):
			sandbox := pod.GetLinux().GetNamespaces()
			if len(sandbox) == 0 {
				return workload.Unknown[workload.HostNamespaces]()
			}
			if !slices.ContainsFunc(sandbox, func(n *api.LinuxNamespace) bool { return n.GetType() == kind }) {
				shared |= bit
			}
		}
	}
	return workload.Known(shared)
}

// ofProcess reports whether a path is that of a process's namespace. The process is the pod's sandbox, or for a PID
// namespace another container of the pod, whose namespace then is its own or the pod's.
func ofProcess(p string) bool {
	ok, err := path.Match("/proc/*/ns/*", p)
	return err == nil && ok
}
