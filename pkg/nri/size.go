package nri

import (
	"fmt"

	"github.com/containerd/nri/pkg/api"
)

// maxSize is how many bytes the description of a container or a pod may have in a message of NRI.
//
// When a plugin connects, the engine tells it about every pod and container in messages of at most 4 MiB (ttrpc), and NRI
// gives up on one that is larger with eight of them in it or fewer (pkg/adaptation, recalcObjsPerSyncMsg). A few that are
// large would keep us from ever connecting again, and so every container of the node from being created. With at most a
// tenth of a message each, ten fit into it.
const maxSize = 4 << 20 / 10

// notAgain says why too large is a reason.
const notAgain = ": with several like it the engine could not connect to seccompd again; environment, arguments, mounts, labels and annotations count"

// tooLarge says what of a container about to be created is too large, or "". The filter that it is to get is part of what
// the engine will tell about it.
func tooLarge(pod *api.PodSandbox, ctr *api.Container, wire *api.LinuxSeccomp) string {
	if n := pod.SizeVT(); n > maxSize {
		return fmt.Sprintf("the description of its pod has %d bytes, more than %d", n, maxSize)
	}
	n := ctr.SizeVT()
	if wire != nil {
		n += wire.SizeVT() - ctr.GetLinux().GetSeccompPolicy().SizeVT()
	}
	if n > maxSize {
		return fmt.Sprintf("its description has %d bytes, more than %d", n, maxSize)
	}
	return ""
}
