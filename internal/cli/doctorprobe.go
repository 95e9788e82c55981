package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/coverage"
	"github.com/seccompd/seccompd/pkg/audit"
)

// probeAnswer is what became of the probe container.
type probeAnswer struct {
	State coverage.State `json:"state"`
	How   string         `json:"how"`
	// Seccomp is the mode that the kernel says its process has: 0 none, 2 a filter.
	Seccomp string `json:"seccomp,omitempty"`
}

// probeNamespace is a namespace of containerd that nobody else uses.
const probeNamespace = "seccompd-probe"

// probeVerb is what the probe container runs of this program.
const probeVerb = "probe-self"

// create creates a container with plain ctr, which asks for no filter, and finds out whether a door decided on it. Its root is a
// directory with this program, so that no image is needed.
func (d *doctor) create(ctx context.Context) *probeAnswer {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "seccompd-probe-")
	if err != nil {
		return &probeAnswer{State: coverage.Unknown, How: err.Error()}
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := probeRoot(dir); err != nil {
		return &probeAnswer{State: coverage.Unknown, How: err.Error()}
	}
	id := "probe-" + strings.ToLower(rand.Text()[:10])
	cmd := exec.CommandContext(ctx, d.ctr, "--namespace", probeNamespace, "run", "--rm", "--rootfs", dir, id, "/seccompctl", probeVerb)
	var stderr strings.Builder
	cmd.Stderr = &stderr // ctr warns there
	out, err := cmd.Output()
	said := strings.TrimSpace(string(out))
	record, missing := recordedSoon(func() (audit.Record, error) { return audit.FindContainer(defaultDecisions, id) })
	switch {
	case err != nil && missing == nil && record.Result == audit.ResultRefused:
		return &probeAnswer{State: coverage.Yes, How: "the runtime door refused a container of ctr: " + record.Message}
	case err != nil:
		return &probeAnswer{State: coverage.Unknown, How: fmt.Sprintf("ctr run: %v: %s", err, lastLine(strings.TrimSpace(stderr.String())))}
	case missing != nil:
		return &probeAnswer{State: coverage.No, How: "no door decided on a container of ctr: none is in " + defaultDecisions, Seccomp: said}
	}
	return &probeAnswer{State: coverage.Yes, How: fmt.Sprintf("door %s decided on a container of ctr (%s); the kernel says Seccomp: %s", record.Door, record.Result, said), Seccomp: said}
}

// recordTime is how long a decision may take to be on record: the daemon writes its own aside from the container's way.
const recordTime = 2 * time.Second

// recordedSoon looks for a record until it is there, or a little longer than it may take.
func recordedSoon(find func() (audit.Record, error)) (r audit.Record, err error) {
	for end := time.Now().Add(recordTime); ; time.Sleep(20 * time.Millisecond) {
		r, err = find()
		if !errors.Is(err, audit.ErrNotFound) && !errors.Is(err, fs.ErrNotExist) || time.Now().After(end) {
			return r, err
		}
	}
}

func lastLine(text string) string { return text[strings.LastIndexByte(text, '\n')+1:] }

// probeRoot makes a root file system of this program alone.
func probeRoot(dir string) error {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer func() { _ = self.Close() }()
	for _, name := range []string{"proc", "dev", "sys", "run", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // a container's root
		return err
	}
	copied, err := os.OpenFile(filepath.Join(dir, "seccompctl"), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(copied, self); err != nil {
		_ = copied.Close()
		return err
	}
	return copied.Close()
}

// newProbeSelf prints the seccomp mode of this process. It is what doctor runs in a container.
func newProbeSelf(c *console) *cobra.Command {
	return &cobra.Command{
		Use:    probeVerb,
		Hidden: true,
		Short:  "Print the seccomp mode of this process",
		Args:   takes(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			text, err := os.ReadFile("/proc/self/status")
			if err != nil {
				return err
			}
			for line := range strings.Lines(string(text)) {
				if mode, ok := strings.CutPrefix(line, "Seccomp:"); ok {
					_, err := fmt.Fprintln(c.out, strings.TrimSpace(mode))
					return err
				}
			}
			return fmt.Errorf("the kernel does not say which mode this process has")
		},
	}
}
