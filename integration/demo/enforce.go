package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seccompd/seccompd/integration/node"
)

//go:embed policy.yaml
var policyText string

// enforce starts seccompd under the demo's policy, and from then on containerd
// creates no container without it.
func enforce(ctx context.Context, n *node.Node) error {
	dir := filepath.Join(n.Dir(), "etc")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	policy := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte(policyText), 0o600); err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	if err := n.Restart(ctx, func(o *node.Options) { o.RequiredPlugins = []string{"seccompd"} }); err != nil {
		return err
	}
	return n.Daemon(node.DaemonOptions{Policy: policy, Profiles: []string{dir}}).Start(ctx)
}
