package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/algebra"
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
