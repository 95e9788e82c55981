package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// formOCI is linux.seccomp as a runtime is given it.
const formOCI = "oci"

// showAnswer is what show says.
type showAnswer struct {
	Name    string          `json:"name"`
	Dialect profile.Dialect `json:"dialect"`
	// Digest is that of the profile as it is written, FilterDigest that of the filter.
	Digest       string                `json:"digest"`
	FilterDigest string                `json:"filterDigest"`
	Native       specs.Arch            `json:"native"`
	Kernel       host.Version          `json:"kernel"`
	Capabilities workload.Capabilities `json:"capabilities"`
	Filter       *specs.LinuxSeccomp   `json:"filter"`
	Notes        []string              `json:"notes,omitempty"`
	Findings     []profile.Finding     `json:"findings,omitempty"`
}

func newShow(c *console) *cobra.Command {
	var flags meaningFlags
	var as string
	cmd := &cobra.Command{
		Use:   "show PROFILE",
		Short: "Show a profile as the filter that it is on this machine",
		Long: "show resolves a profile for this machine and a set of capabilities, and shows the filter that a container gets from it.\n\n" +
			"PROFILE is a file, - for standard input, the name of a file in the profile directories, builtin/NAME, runtime-default\n" +
			"(containerd's), runtime-default@docker, or runtime-default@VERSION, as containerd-2.1 and docker-24 ('seccompctl version').\n" +
			"pid:N and container:ID are what the kernel holds for a process; the start of an id is enough.\n\n" +
			"--as oci is linux.seccomp of a container, --as bpf and --as asm the program that 'seccompctl try' loads: a runtime has\n" +
			"libseccomp make one with the same answers.",
		Example: "  seccompctl show runtime-default --caps SYS_ADMIN\n" +
			"  seccompctl show builtin/block-unshare --as asm\n" +
			"  seccompctl show container:4f1c2a",
		Args:              takes(1, 1, "profile"),
		Annotations:       map[string]string{formsKey: formOCI},
		ValidArgsFunction: completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.show(cmd.Context(), args[0], &flags, as)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&as, "as", asTable, "`what` to show: "+strings.Join(showable, ", "))
	must(cmd.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(showable, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func completeProfile(_ *cobra.Command, _ []string, begin string) ([]string, cobra.ShellCompDirective) {
	a := newVersionAnswer()
	names := append(a.Builtins, runtimeDefaultName)
	for _, v := range a.Versions {
		names = append(names, runtimeDefaultName+"@"+v)
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return !strings.HasPrefix(n, begin) })
	return names, cobra.ShellCompDirectiveDefault
}

func (c *console) show(ctx context.Context, name string, flags *meaningFlags, as string) error {
	if _, err := oneOf("--as", as, showable); err != nil {
		return err
	}
	if c.form == formOCI {
		if as != asTable && as != asOCI {
			return &usageError{message: fmt.Sprintf("--as %s and -o oci are two things", as)}
		}
		as = asOCI
	}
	facts, caps, err := flags.read(ctx, c)
	if err != nil {
		return err
	}
	if isHeld(name) {
		h, err := fetch(name, &flags.node)
		if err != nil {
			return err
		}
		r, err := h.reading(facts)
		if err != nil && as != asBPF && as != asASM {
			return err
		}
		return c.showHeld(h, r, as, environment(facts))
	}
	if as == asBPF || as == asASM {
		r, err := c.meaning(name, &flags.node, facts, caps)
		if err != nil {
			return err
		}
		list, err := compiled(r)
		if err != nil {
			return err
		}
		return c.print(programs(r.name, as, list))
	}
	p, err := c.profile(name)
	if err != nil {
		return err
	}
	out, err := filterOf(p, facts, caps, c)
	if err != nil {
		return err
	}
	if as == asOCI {
		return c.printFilter(out.Install)
	}
	return c.print(showAnswer{
		Name: p.Name, Dialect: p.Dialect, Digest: p.Digest(), FilterDigest: profile.Digest(out.Install), Native: facts.Native,
		Kernel: facts.Kernel, Capabilities: caps, Filter: out.Install, Notes: out.Notes, Findings: p.Findings,
	})
}

// filterOf returns what a container of these capabilities gets from a policy that gives the profile to everybody: made
// where the doors make it, so that it is the same.
func filterOf(p *profile.Profile, facts host.Facts, caps workload.Capabilities, c *console) (enforce.Outcome, error) {
	ref := &policy.ProfileRef{Type: policy.TypeLocalhost, LocalhostProfile: "show.json"}
	snap := &snapshot.Snapshot{
		Policy:   &policy.Policy{Mode: policy.ModeEnforce, Default: &policy.Default{Action: policy.ActionReplace, Profile: ref}},
		Profiles: map[string]*profile.Profile{ref.Key(): p},
		Facts:    facts,
	}
	engine, err := enforce.New(snap, c.now)
	if err != nil {
		return enforce.Outcome{}, renamed(err, ref, p)
	}
	out, err := engine.Enforce(enforce.Request{Workload: &workload.Workload{
		Engine: workload.Known(workload.EngineContainerd), Requested: workload.AnyRequest, Kinds: workload.AnyKind,
		Capabilities: workload.Known(caps),
	}})
	return out, renamed(err, ref, p)
}

// renamed gives an error the profile's own name.
func renamed(err error, ref *policy.ProfileRef, p *profile.Profile) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.ReplaceAll(strings.TrimPrefix(err.Error(), "make engine: "), ref.Key(), p.Name))
}

// printFilter writes linux.seccomp.
func (c *console) printFilter(f *specs.LinuxSeccomp) error {
	text, err := json.MarshalIndent(written{f}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	if _, err := io.WriteString(c.out, escapeHidden(string(text), formJSON)+"\n"); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// written is a filter whose flags are written where they are empty: absent ones mean others.
type written struct{ *specs.LinuxSeccomp }

// MarshalJSON writes linux.seccomp.
func (w written) MarshalJSON() ([]byte, error) {
	if w.Flags == nil || len(w.Flags) > 0 {
		return json.Marshal(w.LinuxSeccomp)
	}
	return json.Marshal(struct {
		*specs.LinuxSeccomp
		Flags []specs.LinuxSeccompFlag `json:"flags"`
	}{w.LinuxSeccomp, w.Flags})
}
