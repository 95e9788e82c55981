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

// maxLookup is the longest that an answer of containerd may be waited for.
const maxLookup = 10 * time.Second

// lookup returns for how long containerd may be asked; 0 is not at all.
func (s *Settings) lookup() (time.Duration, error) {
	if s.ContainerdLookup == "" {
		return 0, nil
	}
	limit, err := time.ParseDuration(s.ContainerdLookup)
	if err != nil || limit <= 0 || limit > maxLookup {
		return 0, fmt.Errorf("containerdLookup %.40q is not a time of at most %v, as in \"500ms\"", s.ContainerdLookup, maxLookup)
	}
	return limit, nil
}

// ask adds to a workload what containerd keeps of it. What cannot be learnt in time stays unknown, and the notes say why.
//
// This program speaks no gRPC: it would start slower for each container, whoever asks. seccompctl asks, at the socket that
// containerd's shim has in its environment, which only the engine sets.
func (d *door) ask(w *workload.Workload) []string {
	limit, _ := d.settings.lookup() // it was checked when it was read
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
