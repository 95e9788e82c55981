package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/algebra"
)

// maxWitnesses is how many calls of each kind compare shows without --all.
const maxWitnesses = 10

// compareAnswer is what compare says.
type compareAnswer struct {
	A       string          `json:"a"`
	B       string          `json:"b"`
	Verdict algebra.Verdict `json:"verdict"`
	// VerdictCut, where it is another one, is that on arguments cut to what the kernel uses of them: a filter that compares
	// 64 bits of an int is loose or tight about the others.
	VerdictCut algebra.Verdict `json:"verdictCut,omitempty"`
	// The numbers count calls that A answers more strictly, less strictly, and permits or may allow where B denies them.
	TighterCount int               `json:"tighterCount"`
	LooserCount  int               `json:"looserCount"`
	WeakerCount  int               `json:"weakerCount"`
	Tighter      []algebra.Witness `json:"tighter,omitempty"`
	Looser       []algebra.Witness `json:"looser,omitempty"`
	Weaker       []algebra.Witness `json:"weaker,omitempty"`
}

func newCompare(c *console) *cobra.Command {
	var flags meaningFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Compare two profiles, with calls that they answer differently",
		Long: "compare says whether profile A is equal to profile B, tighter, looser or incomparable, as the filters that a container\n" +
			"gets from them on this machine, and shows calls that they answer differently, with arguments.\n\n" +
			"It exits with 0 if they are equal, and with 1 if not. Profiles are named as for 'seccompctl show'; pid:N and container:ID are\n" +
			"what the kernel holds for a process.",
		Example: "  seccompctl compare runtime-default runtime-default@docker\n  seccompctl compare mine.json builtin/strict --all\n" +
			"  seccompctl compare container:4f1c2a runtime-default",
		Args:              compareTakes,
		ValidArgsFunction: completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.compare(cmd.Context(), args[0], args[1], &flags, all)
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&all, "all", false, fmt.Sprintf("show all calls that differ, not only %d of each kind", maxWitnesses))
	return cmd
}

func compareTakes(_ *cobra.Command, args []string) error {
	switch {
	case len(args) < 2:
		return &usageError{message: "two profiles are needed"}
	case len(args) > 2:
		return &usageError{message: fmt.Sprintf("two profiles are compared, and %q is more", args[2])}
	case args[0] == "-" && args[1] == "-":
		return &usageError{message: "standard input can be read once only", hint: "name a file for one of the two"}
	}
	return nil
}

func (c *console) compare(ctx context.Context, a, b string, flags *meaningFlags, all bool) error {
	facts, caps, err := flags.read(ctx, c)
	if err != nil {
		return err
	}
	x, err := c.meaning(a, &flags.node, facts, caps)
	if err != nil {
		return err
	}
	y, err := c.meaning(b, &flags.node, facts, caps)
	if err != nil {
		return err
	}
	held := x.held || y.held
	if held {
		// What the kernel does not run makes no difference between what it holds and a profile.
		for _, m := range []*algebra.Meaning{&x.meaning, &x.cut, &y.meaning, &y.cut} {
			*m = m.Restrict(facts.ABIs)
		}
	}
	r := algebra.Compare(x.meaning, y.meaning)
	ans := compareAnswer{
		A: x.name, B: y.name, Verdict: r.Verdict,
		TighterCount: len(r.Tighter), LooserCount: len(r.Looser), WeakerCount: len(r.Weaker),
		Tighter: r.Tighter, Looser: r.Looser, Weaker: r.Weaker,
	}
	if held {
		if cut := algebra.Compare(x.cut, y.cut).Verdict; cut != r.Verdict {
			ans.VerdictCut = cut
		}
	}
	if !all {
		ans.Tighter, ans.Looser, ans.Weaker = first(r.Tighter), first(r.Looser), first(r.Weaker)
	}
	if err := c.print(ans); err != nil {
		return err
	}
	if r.Verdict != algebra.Equal {
		return errNo
	}
	return nil
}

func first(w []algebra.Witness) []algebra.Witness { return w[:min(len(w), maxWitnesses)] }

func (a compareAnswer) table(t *table) {
	t.row("A", a.A)
	t.row("B", a.B)
	t.row("A is", string(a.Verdict))
	if a.VerdictCut != "" {
		t.row("", fmt.Sprintf("%s, leaving out bits of arguments that the kernel does not use", a.VerdictCut))
	}
	witnesses(t, "A is stricter", a.Tighter, a.TighterCount)
	witnesses(t, "A is laxer", a.Looser, a.LooserCount)
	if a.WeakerCount > 0 {
		t.gap()
		t.line("B denies %d of these, and A does not", a.WeakerCount)
	}
}

func witnesses(t *table, title string, list []algebra.Witness, count int) {
	if count == 0 {
		return
	}
	t.gap()
	t.line("%s (%d):", title, count)
	for _, w := range list {
		t.row("  "+strings.TrimPrefix(string(w.Arch), "SCMP_ARCH_"), w.Call.String()+":", "A "+w.A.String()+", B "+w.B.String())
	}
	if more := count - len(list); more > 0 {
		t.line("  and %d more (--all)", more)
	}
}
