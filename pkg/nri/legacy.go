package nri

import (
	"path"
	"strings"

	"github.com/seccompd/seccompd/pkg/workload"
)

// The annotations with which pods asked for a profile before Kubernetes 1.19. Since 1.27 nothing reads them.
const (
	legacyPod       = "seccomp.security.alpha.kubernetes.io/pod"
	legacyContainer = "container.seccomp.security.alpha.kubernetes.io/"
)

// kubeletDir is where the kubelet looks for the profiles that pods name, and prefixes their names with.
const kubeletDir = "/var/lib/kubelet/seccomp"

// localhostName returns the name of a Localhost profile as the pod's author wrote it: the kubelet hands it on as a path.
func localhostName(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "localhost/"), kubeletDir+"/")
}

// legacyRequest returns what the old annotations ask for. The container's own comes first. "unconfined", and a name that
// climbs out of the kubelet's directory, ask for nothing.
func legacyRequest(annotations map[string]string, container string) (workload.Requests, workload.Attr[string], bool) {
	value, ok := annotations[legacyContainer+container]
	if !ok {
		value, ok = annotations[legacyPod]
	}
	if !ok {
		return 0, workload.Absent[string](), false
	}
	if value == "runtime/default" || value == "docker/default" {
		return workload.RequestRuntimeDefault, workload.Absent[string](), true
	}
	name, ok := strings.CutPrefix(value, "localhost/")
	if !ok || name == "" || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../") {
		return 0, workload.Absent[string](), false
	}
	return workload.RequestLocalhost, workload.Known(name), true
}

// carriesLegacy reports whether a pod has one of the old annotations for a container, which nothing else reads.
func carriesLegacy(annotations map[string]string, container string) bool {
	_, pod := annotations[legacyPod]
	_, own := annotations[legacyContainer+container]
	return pod || own
}
