package main

import (
	"context"
	"time"

	"github.com/seccompd/seccompd/integration/node"
)

// create measures CRI's CreateContainer, in which NRI asks the plugins and no
// runtime runs.
func (b *bench) create(ctx context.Context) ([]result, error) {
	create := func(pod *node.Pod) func(context.Context) (time.Duration, error) {
		return func(ctx context.Context) (time.Duration, error) {
			start := time.Now()
			c, err := pod.Create(ctx, node.ContainerSpec{})
			took := time.Since(start)
			if err != nil {
				return 0, err
			}
			return took, c.Remove(ctx)
		}
	}
	took, err := compare(ctx, "create", 2*b.rounds, create(b.none.pod), create(b.constant.pod), create(b.daemon.pod))
	if err != nil {
		return nil, err
	}
	return []result{
		paired("create: constant plugin / no plugin", took[1], took[0], 0),
		paired("create: seccompd / no plugin", took[2], took[0], 0),
		paired("create: seccompd / constant plugin", took[2], took[1], 1.15),
	}, nil
}

// run measures a container from its creation until it has run, on one and the
// same containerd: with containerd's own default filter, which the daemon only
// audits, and with the one that the daemon installs. It has no target: that is
// of the runtime alone (see runc), and here shims and snapshots take their time
// whatever the filter is.
func (b *bench) run(ctx context.Context) ([]result, error) {
	run := func(pod *node.Pod, seccomp node.Request) func(context.Context) (time.Duration, error) {
		return func(ctx context.Context) (time.Duration, error) {
			start := time.Now()
			c, err := pod.Run(ctx, node.ContainerSpec{Seccomp: seccomp})
			took := time.Since(start)
			if err != nil {
				return 0, err
			}
			if err := c.Stop(ctx); err != nil {
				return 0, err
			}
			return took, c.Remove(ctx)
		}
	}
	took, err := compare(ctx, "run", b.rounds, run(b.plain, node.Unset), run(b.plain, node.RuntimeDefault), run(b.daemon.pod, node.Unset))
	if err != nil {
		return nil, err
	}
	return []result{
		paired("run: containerd's default / no filter", took[1], took[0], 0),
		paired("run: seccompd's default / no filter", took[2], took[0], 0),
		paired("run: seccompd's default / containerd's default", took[2], took[1], 0),
	}, nil
}
