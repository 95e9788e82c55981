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

// readConfig reads the configuration in a bundle as the runtime door does: not one that others than root could have written.
func readConfig(bundle string) (*oci.Config, error) {
	b, err := oci.OpenBundle(bundle)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return b.Read()
}
