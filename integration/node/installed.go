package node

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Bundle returns the directory of the container's OCI bundle.
func (c *Container) Bundle() string {
	return c.pod.node.path("state", "io.containerd.runtime.v2.task", "k8s.io", c.ID)
}

// Spec returns the OCI spec that the runtime was given. It exists from Start
// on, because that is when containerd writes the bundle.
func (c *Container) Spec() (*specs.Spec, error) {
	text, err := os.ReadFile(c.Bundle() + "/config.json")
	if err != nil {
		return nil, fmt.Errorf("read the bundle of container %q: %w", c.spec.Name, err)
	}
	var spec specs.Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, fmt.Errorf("read the bundle of container %q: %w", c.spec.Name, err)
	}
	return &spec, nil
}

// Filter returns linux.seccomp as it was installed; nil means no filter.
func (c *Container) Filter() (*specs.LinuxSeccomp, error) {
	spec, err := c.Spec()
	if err != nil {
		return nil, err
	}
	if spec.Linux == nil {
		return nil, nil
	}
	return spec.Linux.Seccomp, nil
}

// Kernel is what /proc says of a process.
type Kernel struct {
	Mode         int    // Seccomp: 0 none, 1 strict, 2 filter
	Filters      int    // Seccomp_filters
	NoNewPrivs   bool   // NoNewPrivs
	Capabilities uint64 // CapEff
}

// Kernel returns what /proc says of the container's first process.
func (c *Container) Kernel(ctx context.Context) (Kernel, error) {
	pid, err := c.Pid(ctx)
	if err != nil {
		return Kernel{}, err
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Kernel{}, fmt.Errorf("read the status of container %q: %w", c.spec.Name, err)
	}
	return parseKernel(string(text))
}

func parseKernel(status string) (Kernel, error) {
	var k Kernel
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		var err error
		switch key {
		case "Seccomp":
			k.Mode, err = strconv.Atoi(value)
		case "Seccomp_filters":
			k.Filters, err = strconv.Atoi(value)
		case "NoNewPrivs":
			k.NoNewPrivs = value == "1"
		case "CapEff":
			k.Capabilities, err = strconv.ParseUint(value, 16, 64)
		}
		if err != nil {
			return Kernel{}, fmt.Errorf("read %s of a process: %w", key, err)
		}
	}
	return k, nil
}
