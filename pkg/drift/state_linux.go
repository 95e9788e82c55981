package drift

import (
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/workload"
)

func fromDocker(root string, w *workload.Workload) error { return oci.FromDocker(root, w) }

// left returns what the NRI door knew of a container; nil where there is no record of it.
func left(runDir, namespace, id string) *handoff.Record {
	r, err := handoff.Dir(runDir).Read(namespace, id)
	if err != nil {
		return nil
	}
	return r
}
