package shim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/workload"
)

// ask adds to a workload what containerd keeps of it. What cannot be learnt in time stays unknown, and the notes say why.
//
// This program speaks no gRPC: it would start slower for each container, whoever asks. seccompctl asks, at the socket that
// containerd's shim has in its environment, which only the engine sets.
func (d *door) ask(w *workload.Workload) []string {
	limit := d.settings.ContainerdLookup
	if limit == 0 || !oci.Recorded(w) {
		return nil
	}
	r, err := d.containerd(limit, w)
	if err != nil {
		return []string{"containerd was not learnt from: " + err.Error()}
	}
	if err := oci.FromContainerd(r, w); err != nil {
		return []string{err.Error()}
	}
	return []string{"containerd's record was asked"}
}

func (d *door) containerd(limit time.Duration, w *workload.Workload) (oci.Record, error) {
	var r oci.Record
	address := getenv(d.env, "GRPC_ADDRESS")
	if address == "" {
		return r, errors.New("the environment of its shim does not say where it listens")
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.seccompctl(), "containerd-record", "--address", address, "--namespace", w.ContainerdNamespace.Or(""), "--", w.ID) //nolint:gosec // a path of the settings
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.WaitDelay = 100 * time.Millisecond
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return r, fmt.Errorf("it did not answer within %v", limit)
	case err != nil:
		first, _, _ := strings.Cut(complaint.String(), "\n")
		return r, fmt.Errorf("%.300s (%w)", strings.TrimPrefix(first, "seccompctl: containerd-record: "), err)
	}
	return r, json.Unmarshal(out.Bytes(), &r)
}
