package audit

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/workload"
)

// weight is about how much memory a record keeps alive, in bytes. A filter of the policy is shared and counts nothing.
func (r *Record) weight() int64 {
	n := 1024 + len(r.Message) + len(r.Would)
	if r.Workload != nil {
		n += size(r.Workload)
	}
	if r.effective != nil && r.Profile == enforce.CurrentProfile {
		n += filterSize(r.effective)
	}
	return int64(n)
}

// size is about how many bytes the texts of a workload have.
func size(w *workload.Workload) int {
	n := 0
	for _, a := range []workload.Attr[string]{w.Namespace, w.Pod, w.Container, w.Image, w.LocalhostProfile, w.RuntimeHandler} {
		n += len(a.Or(""))
	}
	for _, a := range []workload.Attr[map[string]string]{w.Labels, w.PodLabels, w.Annotations} {
		for k, v := range a.Or(nil) {
			n += len(k) + len(v) + 48
		}
	}
	return n
}

func filterSize(f *specs.LinuxSeccomp) int {
	n := 0
	for i := range f.Syscalls {
		n += 128 + 40*len(f.Syscalls[i].Args)
		for _, name := range f.Syscalls[i].Names {
			n += 16 + len(name)
		}
	}
	return n
}
