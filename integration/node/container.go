package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	utilexec "k8s.io/utils/exec"
)

// Name returns the container's name.
func (c *Container) Name() string { return c.spec.Name }

// Start starts a created container.
func (c *Container) Start(ctx context.Context) error {
	if err := c.pod.node.cri().StartContainer(quiet(ctx), c.ID); err != nil {
		return fmt.Errorf("start container %q: %w", c.spec.Name, err)
	}
	return nil
}

// Wait waits until the container has ended and all that it wrote is in its log, and returns its exit code.
func (c *Container) Wait(ctx context.Context) (int, error) {
	for {
		status, err := c.Status(ctx)
		if err != nil {
			return 0, err
		}
		if status.GetState() == runtimeapi.ContainerState_CONTAINER_EXITED && !c.logging() {
			return int(status.GetExitCode()), nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for container %q: %w", c.spec.Name, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// logging tells whether containerd still holds the container's log open. A container counts as exited when its output was read, which
// may be before the last of it was written; then the log is closed.
func (c *Container) logging() bool {
	open, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", c.pod.node.current().pid()))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(open, func(fd string) bool {
		path, err := os.Readlink(fd)
		return err == nil && path == c.LogFile()
	})
}

// Status returns what CRI says of the container.
func (c *Container) Status(ctx context.Context) (*runtimeapi.ContainerStatus, error) {
	answer, err := c.pod.node.cri().ContainerStatus(quiet(ctx), c.ID, false)
	if err != nil {
		return nil, fmt.Errorf("look at container %q: %w", c.spec.Name, err)
	}
	return answer.GetStatus(), nil
}

// Exec runs a command in the container and returns its stdout. A command that
// ends with another status than 0 is an error with its stderr.
func (c *Container) Exec(ctx context.Context, args ...string) (string, error) {
	stdout, stderr, err := c.pod.node.cri().ExecSync(quiet(ctx), c.ID, args, time.Minute)
	if err == nil {
		return string(stdout), nil
	}
	if exit := utilexec.ExitError(nil); errors.As(err, &exit) {
		err = fmt.Errorf("status %d: %s", exit.ExitStatus(), strings.TrimSpace(string(stderr)))
	}
	return string(stdout), fmt.Errorf("exec %q in container %q: %w", args, c.spec.Name, err)
}

// LogFile is where CRI writes what the container writes, with prefixes of its own.
func (c *Container) LogFile() string {
	return filepath.Join(c.pod.conf.LogDirectory, logName(c.spec))
}

// Logs returns what the container wrote, both streams, without CRI's prefixes. A line that is being written is not among it.
func (c *Container) Logs() (string, error) {
	text, err := os.ReadFile(c.LogFile())
	if err != nil {
		return "", fmt.Errorf("read the log of container %q: %w", c.spec.Name, err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(line, " ", 4) // time stream tag text
		if len(fields) == 4 && strings.HasSuffix(line, "\n") {
			out.WriteString(fields[3])
		}
	}
	return out.String(), nil
}

// Pid returns the pid of the container's first process on the host.
func (c *Container) Pid(ctx context.Context) (int, error) {
	answer, err := c.pod.node.cri().ContainerStatus(quiet(ctx), c.ID, true)
	if err != nil {
		return 0, fmt.Errorf("look for the pid of container %q: %w", c.spec.Name, err)
	}
	var details struct{ Pid int }
	if err := json.Unmarshal([]byte(answer.GetInfo()["info"]), &details); err != nil {
		return 0, fmt.Errorf("look for the pid of container %q: %w", c.spec.Name, err)
	}
	if details.Pid == 0 {
		return 0, fmt.Errorf("look for the pid of container %q: it does not run", c.spec.Name)
	}
	return details.Pid, nil
}

// Stop kills the container.
func (c *Container) Stop(ctx context.Context) error {
	if err := c.pod.node.cri().StopContainer(quiet(ctx), c.ID, 0); err != nil {
		return fmt.Errorf("stop container %q: %w", c.spec.Name, err)
	}
	return nil
}

// Remove removes the container, running or not.
func (c *Container) Remove(ctx context.Context) error {
	if err := c.pod.node.cri().RemoveContainer(quiet(ctx), c.ID); err != nil {
		return fmt.Errorf("remove container %q: %w", c.spec.Name, err)
	}
	return nil
}
