package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/workload"
)

// meaningFlags say for which machine and which container profiles are read.
type meaningFlags struct {
	node nodeFlags
	caps []string
}

func (m *meaningFlags) register(cmd *cobra.Command) {
	m.node.register(cmd)
	cmd.Flags().StringSliceVar(&m.caps, "caps", nil, "`capabilities` beside the default ones; ALL for every one, -NAME for one less, -ALL for none")
}

// read returns the machine and the capabilities.
func (m *meaningFlags) read(ctx context.Context, c *console) (host.Facts, workload.Capabilities, error) {
	set, err := capabilities(m.caps)
	if err != nil {
		return host.Facts{}, 0, err
	}
	facts, err := m.node.read(ctx, c)
	return facts, set, err
}

// environment is what a filter's meaning depends on at a machine. Where no runtime is known it is runc, with a libseccomp
// that knows every name.
func environment(facts host.Facts) algebra.Env {
	env := algebra.Env{Native: facts.Native, Stub: true}
	if rt, ok := facts.Runtime(""); ok {
		env.Stub = rt.Name == "runc"
		if v, ok := rt.Vocabulary(); ok {
			env.Vocabulary = &v
		}
	}
	return env
}

// meaning returns what the filter that a container gets from a profile answers to every call, and the profile's name.
func (c *console) meaning(name string, facts host.Facts, caps workload.Capabilities) (algebra.Meaning, string, error) {
	p, err := c.profile(name)
	if err != nil {
		return algebra.Meaning{}, "", err
	}
	out, err := filterOf(p, facts, caps, c)
	if err != nil {
		return algebra.Meaning{}, "", err
	}
	m, overlaps, err := algebra.Read(out.Install, environment(facts))
	if err != nil {
		return algebra.Meaning{}, "", fmt.Errorf("read %s: %w", p.Name, err)
	}
	for _, o := range overlaps {
		c.say("%s: two rules answer %s, %s and %s: it is read as the stricter", p.Name, o.Call, o.First, o.Next)
	}
	return m, p.Name, nil
}
