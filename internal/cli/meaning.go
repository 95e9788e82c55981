package cli

import (
	"context"
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
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

// reading is what a filter answers to every call, with the name that it goes by.
type reading struct {
	name    string
	meaning algebra.Meaning
	// held says that the kernel holds it, and cut is then what it answers if arguments are cut to what the kernel uses.
	held  bool
	stack []bpf.Program
	cut   algebra.Meaning
	// profile is what it was made from, where it is not held, and filter what was made.
	profile *profile.Profile
	filter  *specs.LinuxSeccomp
}

// meaning reads what the kernel holds for a process, or the filter that a container gets from a profile.
func (c *console) meaning(name string, node *nodeFlags, facts host.Facts, caps workload.Capabilities) (reading, error) {
	if isHeld(name) {
		h, err := fetch(name, node)
		if err != nil {
			return reading{}, err
		}
		return h.reading(facts)
	}
	p, err := c.profile(name)
	if err != nil {
		return reading{}, err
	}
	out, err := filterOf(p, facts, caps, c)
	if err != nil {
		return reading{}, err
	}
	r := reading{name: p.Name, profile: p, filter: out.Install}
	var overlaps []algebra.Overlap
	if r.meaning, overlaps, err = algebra.Read(out.Install, environment(facts)); err != nil {
		return reading{}, fmt.Errorf("read %s: %w", p.Name, err)
	}
	for _, o := range overlaps {
		c.say("%s: two rules answer %s, %s and %s: it is read as the stricter", p.Name, o.Call, o.First, o.Next)
	}
	r.cut = r.meaning
	return r, nil
}

// reading reads what a process is held to, on the ABIs that its kernel runs.
func (h held) reading(facts host.Facts) (reading, error) {
	r := reading{name: h.name, held: true, stack: h.stack}
	var err error
	if r.meaning, err = bpf.Meaning(h.stack, bpf.Exact); err != nil {
		return r, fmt.Errorf("%s: %w", h.name, err)
	}
	if r.cut, err = bpf.Meaning(h.stack, bpf.Cut); err != nil {
		return r, fmt.Errorf("%s: %w", h.name, err)
	}
	r.meaning, r.cut = r.meaning.Restrict(facts.ABIs), r.cut.Restrict(facts.ABIs)
	return r, nil
}
