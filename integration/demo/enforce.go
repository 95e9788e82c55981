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

//go:embed dangerous.json
var profileText string

// enforce starts seccompd under the demo's policy, and from then on containerd
// creates no container without it.
func enforce(ctx context.Context, n *node.Node) error {
	dir := filepath.Join(n.Dir(), "etc")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	policy := filepath.Join(dir, "policy.yaml")
	for path, text := range map[string]string{policy: policyText, filepath.Join(dir, "dangerous.json"): profileText} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return fmt.Errorf("write the policy: %w", err)
		}
	}
	if err := n.Restart(ctx, func(o *node.Options) { o.RequiredPlugins = []string{"10-seccompd"} }); err != nil {
		return err
	}
	return n.Daemon(node.DaemonOptions{Policy: policy, Profiles: []string{dir}}).Start(ctx)
}
