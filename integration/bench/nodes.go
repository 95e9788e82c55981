package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
)

// policy fills with the runtime's default, and only audits the namespace in
// which containers are to be measured as they are without us.
const policy = `apiVersion: seccompd/v1
kind: NodePolicy
mode: enforce
doors: [nri]
onError: refuse
rules:
- name: as-without-us
  match: {namespaces: [plain]}
  mode: audit
  action: keep
default: {action: fill, profile: {type: RuntimeDefault}}
`

// A site is one containerd on the machine, and a pod on it.
type site struct {
	node *node.Node
	pod  *node.Pod
}

// bench is three nodes of equal make: with no plugin, with a plugin that gives
// every container the same filter and validates, and with seccompd.
type bench struct {
	rounds                 int
	none, constant, daemon site
	seccompd               *node.Daemon
	// plain is a second pod on the daemon's node, where it only audits.
	plain *node.Pod
	// filter is what seccompd installs.
	filter *specs.LinuxSeccomp
}

func (b *bench) start(ctx context.Context) error {
	required := node.Options{RequiredPlugins: []string{"seccompd"}}
	for _, s := range []struct {
		site    *site
		options node.Options
	}{{&b.none, node.Options{}}, {&b.constant, required}, {&b.daemon, required}} {
		var err error
		if s.site.node, err = node.Start(ctx, s.options); err != nil {
			return err
		}
		if s.site.pod, err = s.site.node.RunPod(ctx, node.PodSpec{}); err != nil {
			return err
		}
	}
	var err error
	if b.seccompd, err = startDaemon(ctx, b.daemon.node, "10"); err != nil {
		return err
	}
	if err := b.seccompd.Start(ctx); err != nil {
		return err
	}
	if b.plain, err = b.daemon.node.RunPod(ctx, node.PodSpec{Namespace: "plain"}); err != nil {
		return err
	}
	c, err := b.daemon.pod.Run(ctx, node.ContainerSpec{})
	if err != nil {
		return err
	}
	if b.filter, err = c.Filter(); err != nil {
		return err
	}
	if b.filter == nil {
		return errors.New("seccompd installed no filter")
	}
	if err := errors.Join(c.Stop(ctx), c.Remove(ctx)); err != nil {
		return err
	}
	_, err = b.constant.node.StartPlugin(ctx, b.constantPlugin())
	return err
}

func (b *bench) constantPlugin() node.PluginOptions {
	return node.PluginOptions{Name: "seccompd", Index: "10", Seccomp: b.filter, Validate: true, FailRequest: true}
}

// startDaemon returns a seccompd with the policy, which logs as an installed one.
func startDaemon(_ context.Context, n *node.Node, index string, args ...string) (*node.Daemon, error) {
	dir := filepath.Join(n.Dir(), "daemon"+index)
	if err := os.MkdirAll(filepath.Join(dir, "profiles"), 0o755); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(file, []byte(policy), 0o644); err != nil {
		return nil, err
	}
	return n.Daemon(node.DaemonOptions{
		Policy: file, Profiles: []string{filepath.Join(dir, "profiles")}, Index: index, LogLevel: "info", Args: args,
		StateDir: filepath.Join(dir, "state"), RunDir: filepath.Join(dir, "run"), Decisions: filepath.Join(dir, "decisions.jsonl"),
		Metrics: "unix:" + filepath.Join(dir, "metrics.sock"),
	}), nil
}

func (b *bench) close() error {
	var all []error
	for _, s := range []site{b.none, b.constant, b.daemon} {
		if s.node != nil {
			all = append(all, s.node.Close())
		}
	}
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	return nil
}
