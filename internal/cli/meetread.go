package cli

import (
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// meant returns what the author of a profile means by it: a denial counts also where the runtime's libseccomp would skip it. What
// the kernel holds (pid:, container:) means what it answers to arguments as the kernel cuts them.
func (c *console) meant(name string, node *nodeFlags, facts host.Facts, caps workload.Capabilities) (algebra.Meaning, string, error) {
	if isHeld(name) {
		r, err := c.meaning(name, node, facts, caps)
		return r.cut, r.name, err
	}
	p, err := c.profile(name)
	if err != nil {
		return algebra.Meaning{}, "", err
	}
	f, err := p.Resolve(profile.Target{Facts: facts, Capabilities: caps})
	if err != nil {
		return algebra.Meaning{}, "", err
	}
	m, overlaps, err := algebra.Read(f, algebra.Env{Native: facts.Native, Stub: environment(facts).Stub})
	if err != nil {
		return algebra.Meaning{}, "", fmt.Errorf("read %s: %w", p.Name, err)
	}
	for _, o := range overlaps {
		c.say("%s: two rules answer %s, %s and %s: it is read as the stricter", p.Name, o.Call, o.First, o.Next)
	}
	if len(facts.ABIs) > 0 {
		m = m.Restrict(facts.ABIs)
	}
	return m, p.Name, nil
}

// restrict leaves the result on some ABIs, of which the native one must be one.
func restrict(m algebra.Meaning, archs []string, facts host.Facts) (algebra.Meaning, error) {
	if len(archs) == 0 {
		return m, nil
	}
	var keep []specs.Arch
	for _, name := range archs {
		arch := specs.Arch(name)
		if name == "native" {
			arch = facts.Native
		}
		if !slices.Contains(m.Architectures(), arch) {
			u := &usageError{message: fmt.Sprintf("the result is not for the ABI %q", name), hint: "it is for " + joinArchs(m.Architectures())}
			if near := document.Closest(name, words(m.Architectures())); near != "" {
				u.hint = fmt.Sprintf("did you mean %q?", near)
			}
			return m, u
		}
		keep = append(keep, arch)
	}
	if !slices.Contains(keep, facts.Native) {
		return m, &usageError{message: "--archs leaves out " + string(facts.Native), hint: "runtimes always add the machine's own"}
	}
	return m.Restrict(keep), nil
}
