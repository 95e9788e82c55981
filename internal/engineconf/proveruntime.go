package engineconf

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/seccompd/seccompd/internal/version"
)

// Prove asks containerd whether it reads that its runtimes are ours. What it proves holds from the next start of containerd on.
func (c ContainerdRuntime) Prove(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, c.Binary, "--config", c.on(c.ConfigPath), "config", "dump")
	dump, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("run %s config dump: %w", c.Binary, withStderr(err))
	}
	r := &reading{nri: map[string]any{}, plugins: map[string]any{}}
	if _, err := r.add("what containerd printed", string(dump), false); err != nil {
		return err
	}
	return c.proveRuntime(r)
}

// Old reports whether the containerd is older than 2.0, which takes a Unit, and which version it has.
func (c Containerd) Old(ctx context.Context) (bool, string, error) {
	out, err := exec.CommandContext(ctx, c.Binary, "--version").Output()
	if err != nil {
		return false, "", fmt.Errorf("run %s --version: %w", c.Binary, withStderr(err))
	}
	words := strings.Fields(string(out))
	if len(words) < 3 || words[0] != "containerd" {
		return false, "", fmt.Errorf("%s: %q is not how containerd prints its version", c.Binary, strings.TrimSpace(string(out)))
	}
	v, ok := version.Parse(words[2])
	if !ok {
		return false, "", fmt.Errorf("%s: %q is not how containerd prints its version", c.Binary, strings.TrimSpace(string(out)))
	}
	return v.Before(2, 0, 0), strings.TrimPrefix(words[2], "v"), nil
}
