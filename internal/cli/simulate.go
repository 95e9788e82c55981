package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

// simulateAnswer is what simulate says.
type simulateAnswer struct {
	Profile string          `json:"profile"`
	Call    string          `json:"call"`
	Args    []uint64        `json:"args"`
	Denied  bool            `json:"denied"`
	Answers []simulatedCall `json:"answers"`
}

// simulatedCall is the answer on one ABI of the filter.
type simulatedCall struct {
	Arch   specs.Arch `json:"arch"`
	Number int        `json:"number"`
	algebra.Answer
	// Decided is what in the profile says so.
	Decided decider `json:"decided"`
}

func newSimulate(c *console) *cobra.Command {
	var flags meaningFlags
	var abi string
	cmd := &cobra.Command{
		Use:   "simulate PROFILE CALL [ARG...]",
		Short: "Show what a profile answers to one system call",
		Long: "simulate says what the filter that a container gets from a profile on this machine answers to one call, on each ABI of\n" +
			"the filter that has it, and which rule of the profile says so. Arguments are decimal or hexadecimal (0x…), those that are missing are 0.\n\n" +
			"It exits with 0 if no ABI denies the call, and with 1 if one does. Profiles are named as for 'seccompctl show';\n" +
			"pid:N and container:ID are what the kernel holds for a process.",
		Example:           "  seccompctl simulate runtime-default socket 38 5\n  seccompctl simulate builtin/strict clone 0x10000000 --abi SCMP_ARCH_X86_64",
		Args:              simulateTakes,
		ValidArgsFunction: completeSimulated,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.simulate(cmd.Context(), args, &flags, abi)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&abi, "abi", "", "answer for this `ABI` only, as SCMP_ARCH_X86")
	return cmd
}

// completeSimulated completes a profile, and then a call.
func completeSimulated(cmd *cobra.Command, args []string, begin string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return completeProfile(cmd, args, begin)
	case 1:
		return completedCalls(begin), cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func simulateTakes(_ *cobra.Command, args []string) error {
	switch {
	case len(args) < 2:
		return &usageError{message: "a profile and a call are needed"}
	case len(args) > 8:
		return &usageError{message: fmt.Sprintf("a call has six arguments, and %q is more", args[8])}
	}
	return nil
}

func (c *console) simulate(ctx context.Context, args []string, flags *meaningFlags, abi string) error {
	call := args[1]
	if !syscalls.Known(call) {
		if name, _, narrowed := strings.Cut(strings.Replace(call, "(", ":", 1), ":"); narrowed && syscalls.Known(name) {
			return &usageError{message: fmt.Sprintf("a call cannot be %q", call), hint: "its arguments follow it, as in socket 38 5"}
		}
		return noCall(call)
	}
	var values [6]uint64
	for i, arg := range args[2:] {
		v, err := strconv.ParseUint(arg, 0, 64)
		if err != nil {
			return &usageError{message: fmt.Sprintf("an argument cannot be %q", arg), hint: "a number of 64 bits, as 38 or 0x26"}
		}
		values[i] = v
	}
	facts, caps, err := flags.read(ctx, c)
	if err != nil {
		return err
	}
	r, err := c.meaning(args[0], &flags.node, facts, caps)
	if err != nil {
		return err
	}
	archs := r.meaning.Architectures()
	if abi != "" {
		if !slices.Contains(archs, specs.Arch(abi)) {
			return &usageError{message: fmt.Sprintf("the filter is not for the ABI %q", abi), hint: "it is for " + joinArchs(archs)}
		}
		archs = []specs.Arch{specs.Arch(abi)}
	}
	ans := simulateAnswer{Profile: r.name, Call: call, Args: values[:]}
	for _, arch := range archs {
		table, ok := syscalls.Table(arch)
		if !ok {
			continue
		}
		nr, ok := table.Number(call)
		if !ok {
			continue
		}
		a, _ := r.meaning.EvaluateName(arch, call, values)
		by, err := r.decided(facts, caps, question{arch, call, values, a})
		if err != nil {
			return err
		}
		ans.Answers = append(ans.Answers, simulatedCall{arch, nr, a, by})
		ans.Denied = ans.Denied || a.Class() == algebra.Denies
	}
	if len(ans.Answers) == 0 {
		return &usageError{message: fmt.Sprintf("%q is a call of no ABI that is asked for", call), hint: "asked for: " + joinArchs(archs)}
	}
	if err := c.print(ans); err != nil {
		return err
	}
	if ans.Denied {
		return errNo
	}
	return nil
}

// decided finds what decided about a call.
func (r reading) decided(facts host.Facts, caps workload.Capabilities, q question) (decider, error) {
	if r.held {
		return decidedHeld(r.stack, q)
	}
	return decided(r.profile, profile.Target{Facts: facts, Capabilities: caps}, environment(facts), q)
}

func joinArchs(archs []specs.Arch) string {
	names := make([]string, len(archs))
	for i, a := range archs {
		names[i] = string(a)
	}
	return strings.Join(names, ", ")
}

func (a simulateAnswer) table(t *table) {
	for _, s := range a.Answers {
		t.row(strings.TrimPrefix(string(s.Arch), "SCMP_ARCH_"), fmt.Sprintf("%s #%d", a.Call, s.Number), s.Answer.String(), s.Decided.String())
	}
}
