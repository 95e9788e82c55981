package nri

import (
	"path"
	"slices"

	"github.com/containerd/nri/pkg/api"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/workload"
)

// privileged tells whether a container is privileged, which no version says.
//
// Engines give a privileged container no seccomp section whatever it asks for, and everybody else what they ask for, also
// where that is a profile with nothing in it; where the engine reports both, that is an answer. Elsewhere the mount of /sys
// is: engines make sysfs writable for privileged containers only. A bind mount over /sys was chosen by the pod's author, so
// it is no answer.
func privileged(ctr *api.Container, rep reports, cur enforce.Current) workload.Attr[bool] {
	if rep.current && ctr.GetLinux().GetSeccompPolicy() != nil {
		return workload.Known(false)
	}
	if p := ctr.GetLinux().GetSeccompProfile(); rep.request && cur.State == enforce.CurrentNone && p != nil && p.GetProfileType() != api.SecurityProfile_UNCONFINED {
		return workload.Known(true)
	}
	var answer workload.Attr[bool]
	for _, m := range ctr.GetMounts() {
		if path.Clean(m.GetDestination()) != "/sys" {
			continue
		}
		answer = workload.Unknown[bool]()
		if m.GetType() == "sysfs" {
			switch rw, ro := slices.Contains(m.GetOptions(), "rw"), slices.Contains(m.GetOptions(), "ro"); {
			case rw && !ro:
				answer = workload.Known(true)
			case ro && !rw:
				answer = workload.Known(false)
			}
		}
	}
	return answer
}
