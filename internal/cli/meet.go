package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// combineAnswer is what meet and join say with -o json and yaml; otherwise it is the filter alone.
type combineAnswer struct {
	Profiles []combined `json:"profiles"`
	// Record says where the filter is stricter than the exact result.
	Record algebra.Record `json:"record"`
	Filter written        `json:"filter"`
}

// combined is a profile that went into it, and how the filter stands to it.
type combined struct {
	Name    string          `json:"name"`
	Verdict algebra.Verdict `json:"verdict"`
}

// combination is a verb that makes one filter of several.
type combination struct {
	verb, short, long string
	of                func(a, b algebra.Meaning) (algebra.Meaning, error)
	// never says what the filter must never be against one of the profiles, beside which the record has no say.
	never func(result, of algebra.Meaning) []algebra.Witness
}

func newMeet(c *console) *cobra.Command {
	return c.newCombination(combination{
		verb: "meet", short: "Print the strictest of several profiles on every call, as one filter",
		long: "meet prints the filter that answers each call as the strictest of the profiles does on this machine: what the kernel answers\n" +
			"where all of them are loaded. Of one profile it prints the canonical form.",
		of:    algebra.Meet,
		never: func(result, of algebra.Meaning) []algebra.Witness { return algebra.Compare(result, of).Weaker },
	})
}

func newJoin(c *console) *cobra.Command {
	return c.newCombination(combination{
		verb: "join", short: "Print the laxest of several profiles on every call, as one filter",
		long:  "join prints the filter that permits what any of the profiles permits on this machine.",
		of:    algebra.Join,
		never: func(algebra.Meaning, algebra.Meaning) []algebra.Witness { return nil },
	})
}

func (c *console) newCombination(of combination) *cobra.Command {
	var flags meaningFlags
	var budget int
	var archs []string
	cmd := &cobra.Command{
		Use:   of.verb + " A [B...]",
		Short: of.short,
		Long: of.long + "\n\nThe answer is linux.seccomp in plain OCI, which runc and crun load as it is: no two rules hold for one call, and there are no\n" +
			"comparisons but EQ and MASKED_EQ. It is read again and compared before it is printed. What it says of the result, and where it\n" +
			"is stricter than it would have to be, is told on standard error. Profiles are named as for 'seccompctl show'.",
		Example:           fmt.Sprintf("  seccompctl %s runtime-default builtin/block-unshare >combined.json\n  seccompctl %[1]s mine.json runtime-default --archs native -o json", of.verb),
		Args:              combineTakes,
		Annotations:       map[string]string{formsKey: formOCI},
		ValidArgsFunction: completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			if budget < 0 || cmd.Flags().Changed("budget") && budget == 0 {
				return &usageError{message: fmt.Sprintf("--budget cannot be %d", budget), hint: "how many rules one call may have, as 256"}
			}
			return c.combine(cmd.Context(), of, args, &flags, budget, archs)
		},
	}
	flags.register(cmd)
	cmd.Flags().IntVar(&budget, "budget", 0, "how many `rules` one call may have, a quarter of that where it looks at several arguments (256)")
	cmd.Flags().StringSliceVar(&archs, "archs", nil, "the `ABIs` of the filter, as SCMP_ARCH_X86_64; native for the machine's (those of the result)")
	return cmd
}

func combineTakes(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{message: "a profile is missing"}
	}
	if i := slices.Index(args, "-"); i >= 0 && slices.Contains(args[i+1:], "-") {
		return &usageError{message: "standard input can be read once only"}
	}
	return nil
}

func (c *console) combine(ctx context.Context, verb combination, names []string, flags *meaningFlags, budget int, archs []string) error {
	facts, caps, err := flags.read(ctx, c)
	if err != nil {
		return err
	}
	var out algebra.Meaning
	var inputs []algebra.Meaning
	a := combineAnswer{}
	for i, name := range names {
		m, full, err := c.meant(name, &flags.node, facts, caps)
		if err != nil {
			return err
		}
		if i == 0 {
			out = m
		} else if out, err = verb.of(out, m); err != nil {
			return err
		}
		inputs, a.Profiles = append(inputs, m), append(a.Profiles, combined{Name: full})
	}
	if out, err = restrict(out, archs, facts); err != nil {
		return err
	}
	env := environment(facts)
	if budget > 0 {
		env.Budget = algebra.Budget{Rules: budget, RulesSeveral: max(1, budget/4)}
	}
	if a.Filter.LinuxSeccomp, a.Record, err = algebra.Emit(out, env); err != nil {
		return err
	}
	result, _, err := algebra.Read(a.Filter.LinuxSeccomp, environment(facts))
	if err != nil {
		return err
	}
	for i, in := range inputs {
		if bad := verb.never(result, in); len(bad) > 0 {
			return fmt.Errorf("the result would be weaker than %s: %s", a.Profiles[i].Name, bad[0])
		}
		a.Profiles[i].Verdict = algebra.Compare(result, in.Restrict(result.Architectures())).Verdict
	}
	c.sayRecord(verb.verb, a)
	if c.form == formTable || c.form == formOCI {
		return c.printFilter(a.Filter.LinuxSeccomp)
	}
	return c.printData(a)
}

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

// sayRecord tells what the filter is, and where it is not the exact result.
func (c *console) sayRecord(verb string, a combineAnswer) {
	var stands []string
	for _, p := range a.Profiles {
		how := string(p.Verdict)
		switch p.Verdict {
		case algebra.Equal:
			how = "equal to"
		case algebra.Tighter, algebra.Looser:
			how += " than"
		case algebra.Incomparable:
			how += " with"
		}
		stands = append(stands, how+" "+p.Name)
	}
	c.say("%s: %s, default %s; %s", verb, plural(a.Record.Rules, "rule"), a.Record.Default, strings.Join(stands, ", "))
	if a.Record.Inverted {
		c.say("it denies by default, because the runtime's libseccomp does not know a call that is denied")
	}
	if n := len(a.Record.OverBudget); n > 0 {
		c.say("over the budget, and made stricter: %s", strings.Join(a.Record.OverBudget, ", "))
	}
	if n := len(a.Record.Separated); n > 0 {
		c.say("made stricter against a fault of libseccomp: %s", strings.Join(a.Record.Separated, ", "))
	}
	for _, list := range []struct {
		what  string
		calls []algebra.Witness
	}{{"stricter than the exact result", a.Record.Tighter}, {"denied with another answer than in the exact result", a.Record.Renumbered}} {
		if len(list.calls) > 0 {
			w := list.calls[0]
			c.say("%s: %s, as %s %s: %s, not %s", list.what, plural(len(list.calls), "call"), strings.TrimPrefix(string(w.Arch), "SCMP_ARCH_"), w.Call, w.A, w.B)
		}
	}
}
