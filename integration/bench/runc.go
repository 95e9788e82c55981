package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
)

// runc measures the runtime alone, from its start to the end of a container
// that ends at once, under the same filters as run: what remains of a container
// when everything is left out that filters do not change.
func (b *bench) runc(ctx context.Context) ([]result, error) {
	theirs, err := filterOf(ctx, b.plain, node.RuntimeDefault)
	if err != nil {
		return nil, err
	}
	native := *b.filter
	native.Architectures = []specs.Arch{b.filter.Architectures[0]}
	var things []func(context.Context) (time.Duration, error)
	for name, filter := range map[int]*specs.LinuxSeccomp{0: nil, 1: theirs, 2: b.filter, 3: &native} {
		if err := b.bundle(ctx, fmt.Sprint(name), filter); err != nil {
			return nil, err
		}
	}
	for i := range 4 {
		things = append(things, func(ctx context.Context) (time.Duration, error) { return b.runBundle(ctx, fmt.Sprint(i)) })
	}
	took, err := compare(ctx, "runc run", b.rounds, things...)
	if err != nil {
		return nil, err
	}
	return []result{
		paired("runc run: containerd's default / no filter", took[1], took[0], 0),
		paired("runc run: seccompd's default / no filter", took[2], took[0], 0),
		paired("runc run: seccompd's default / containerd's default", took[2], took[1], 0.87),
		paired("runc run: the same, architectures: native", took[3], took[1], 0.74),
	}, nil
}

// filterOf returns what is installed for a container in a pod.
func filterOf(ctx context.Context, pod *node.Pod, seccomp node.Request) (*specs.LinuxSeccomp, error) {
	c, err := pod.Run(ctx, node.ContainerSpec{Seccomp: seccomp})
	if err != nil {
		return nil, err
	}
	filter, err := c.Filter()
	if err == nil && filter == nil {
		err = errors.New("a container that was to have a filter has none")
	}
	return filter, errors.Join(err, c.Stop(ctx), c.Remove(ctx))
}

func (b *bench) bundleDir(name string) string {
	return filepath.Join(b.none.node.Dir(), "bundle-"+name)
}

// bundle makes a bundle of runc's own default spec, the probe and a filter.
func (b *bench) bundle(ctx context.Context, name string, filter *specs.LinuxSeccomp) error {
	dir := b.bundleDir(name)
	if err := os.MkdirAll(filepath.Join(dir, "rootfs"), 0o755); err != nil {
		return err
	}
	probe, err := node.Binary("probe")
	if err != nil {
		return err
	}
	runc, err := node.Binary("runc")
	if err != nil {
		return err
	}
	program, err := os.ReadFile(probe)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "rootfs", "probe"), program, 0o755); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, runc, "spec", "--bundle", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("runc spec: %w: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return err
	}
	var spec specs.Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	spec.Process.Terminal = false
	spec.Process.Args = []string{"/probe", "exit:0"}
	spec.Process.Rlimits = nil // a machine without CAP_SYS_RESOURCE cannot raise them
	spec.Linux.CgroupsPath = "/" + filepath.Base(b.none.node.Dir()) + "/bench-" + name
	spec.Linux.Seccomp = filter
	if text, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), text, 0o600)
}

func (b *bench) runBundle(ctx context.Context, name string) (time.Duration, error) {
	runc, err := node.Binary("runc")
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, runc, "--root", filepath.Join(b.none.node.Dir(), "bench-runc"), "run", "--bundle", b.bundleDir(name), "bench-"+name)
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("runc run: %w: %s", err, out)
	}
	return time.Since(start), nil
}
