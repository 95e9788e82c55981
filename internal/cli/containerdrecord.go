package cli

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/containerd"
)

// newContainerdRecord is what the runtime door executes to learn what containerd keeps of a container. It is hidden because
// people have ctr for it.
func newContainerdRecord(c *console) *cobra.Command {
	var address, namespace string
	cmd := &cobra.Command{
		Use:    "containerd-record ID",
		Hidden: true,
		Short:  "Print what containerd keeps of a container",
		Args:   takes(1, 1, "container id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := containerd.Find(cmd.Context(), address, namespace, args[0])
			if err != nil {
				return err
			}
			return json.NewEncoder(c.out).Encode(r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&address, "address", "/run/containerd/containerd.sock", "the `path` of containerd's socket")
	f.StringVar(&namespace, "namespace", "default", "containerd's `namespace`")
	return cmd
}
