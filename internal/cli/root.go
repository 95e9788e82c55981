package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seccompd/seccompd/internal/document"
)

// The places of an installed node.
const (
	defaultPolicy    = "/etc/seccompd/policy.yaml"
	defaultProfiles  = "/etc/seccompd/profiles"
	defaultState     = "/var/lib/seccompd"
	defaultRun       = "/run/seccompd"
	defaultDecisions = "/var/log/seccompd/decisions.jsonl"
)

func newRoot(c *console) *cobra.Command {
	cobra.EnableCommandSorting = false // verbs stand in the order of use, as in the documentation
	root := &cobra.Command{
		Use:   "seccompctl",
		Short: "Check, apply and explain the seccomp policy of this node",
		Long: "seccompctl checks, applies and explains the seccomp policy of this node. On a new node begin with 'seccompctl doctor'; from\n" +
			"a first policy to an enforced one it is check, apply, report and enforce.\n\n" +
			"It exits with 0 for yes, 1 where the answer is no, and 2 on wrong usage or an error.",
		Version:           Version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              noVerb,
		RunE:              func(*cobra.Command, []string) error { return nil },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return c.checkForm(cmd) },
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetVersionTemplate("seccompctl {{.Version}}\n")
	root.SetFlagErrorFunc(badFlag)
	root.SetUsageTemplate(usageWords.Replace(root.UsageTemplate()))
	f := root.PersistentFlags()
	f.StringVar(&c.policy, "policy", defaultPolicy, "the policy `file`")
	f.StringArrayVar(&c.profiles, "profiles", []string{defaultProfiles}, "a `directory` of profiles; may be given several times")
	f.StringArrayVar(&c.runtimes, "runtime", nil, "the `path` of the engine's OCI runtime, where it is in none of the usual places; may be given several times")
	f.StringVar(&c.stateDir, "state-dir", defaultState, "the `directory` of the policy in force")
	f.StringVar(&c.runDir, "run-dir", defaultRun, "the `directory` in which the daemon says how it does")
	f.StringVarP(&c.form, "output", "o", formTable, "the `form` of the answer: table, json or yaml")
	must(root.RegisterFlagCompletionFunc("output", completeForm))
	root.AddCommand(
		newCheck(c),
		newLint(c),
		newTest(c),
		newApply(c),
		newRollback(c),
		newEnforce(c),
		newBlock(c),
		newEngine(c),
		newShims(c),
		newShow(c),
		newCompare(c),
		newMeet(c),
		newJoin(c),
		newSimulate(c),
		newTry(c),
		newExplain(c),
		newStatus(c),
		newDrift(c),
		newExposed(c),
		newDenials(c),
		newReport(c),
		newDoctor(c),
		newVersion(c),
		newProbeSelf(c),
		newContainerdRecord(c),
	)
	root.SetHelpCommand(newHelp(root))
	root.InitDefaultCompletionCmd()
	completion, _, err := root.Find([]string{"completion"})
	must(err)
	completion.Short = "Print a completion script for bash, zsh, fish or PowerShell"
	completion.Long = completion.Short + ". The help of each shell says how it is used."
	completion.SetUsageTemplate(strings.NewReplacer("VERB", "SHELL", "Verbs:", "Shells:", "a verb", "one").Replace(root.UsageTemplate()))
	completion.Args, completion.RunE = noShell, func(*cobra.Command, []string) error { return nil }
	return root
}

// usageWords has cobra speak of verbs, as everything else does.
var usageWords = strings.NewReplacer(
	"{{.CommandPath}} [command]", "{{.CommandPath}} VERB", "Available Commands:", "Verbs:", "Global Flags:", "Flags of every verb:",
	"more information about a command", "more about a verb",
)

// newHelp is cobra's, but that it says where there is no such verb.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [VERB]",
		Short: "Help about any verb",
		ValidArgsFunction: func(_ *cobra.Command, args []string, begin string) ([]string, cobra.ShellCompDirective) {
			var verbs []string
			for _, cmd := range root.Commands() {
				if len(args) == 0 && cmd.IsAvailableCommand() && strings.HasPrefix(cmd.Name(), begin) {
					verbs = append(verbs, cmd.Name())
				}
			}
			return verbs, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err == nil && len(rest) == 0 {
				return cmd.Help()
			}
			return noVerb(root, args)
		},
	}
}

// noVerb refuses a command line without a verb that exists.
func noVerb(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{message: "no verb", hint: "see 'seccompctl --help'"}
	}
	var verbs []string
	for _, cmd := range root.Commands() {
		verbs = append(verbs, cmd.Name())
	}
	u := &usageError{message: fmt.Sprintf("no verb is named %q", args[0])}
	if near := document.Closest(args[0], verbs); near != "" {
		u.hint = fmt.Sprintf("did you mean %q?", near)
	}
	return u
}

// noShell refuses to print a completion script for no shell, or for one that does not exist.
func noShell(completion *cobra.Command, args []string) error {
	var shells []string
	for _, cmd := range completion.Commands() {
		shells = append(shells, cmd.Name())
	}
	if len(args) == 0 {
		return &usageError{message: "a shell is missing", hint: "one of " + strings.Join(shells, ", ")}
	}
	_, err := oneOf("a shell", args[0], shells)
	return err
}

// badFlag adds the closest flag to the error for one that does not exist.
func badFlag(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return wrongValue(invalid.GetFlag(), invalid.GetValue())
	}
	u := &usageError{message: err.Error()}
	name, ok := strings.CutPrefix(u.message, "unknown flag: --")
	if !ok {
		return u
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	slices.Sort(names)
	if near := document.Closest(name, names); near != "" {
		u.hint = "did you mean --" + near + "?"
	}
	return u
}

// wrongValue is the error for a value that a flag cannot have.
func wrongValue(f *pflag.Flag, value string) error {
	u := &usageError{message: fmt.Sprintf("--%s cannot be %q", f.Name, value)}
	switch f.Value.Type() {
	case "bool":
		u.hint = "--" + f.Name + ", or --" + f.Name + "=false"
	case "stringToString":
		u.hint = "as in --" + f.Name + " key=value"
	case "uint32", "int":
		u.hint = "a whole number"
	case "duration":
		u.hint = "a number with its unit, as 30s, 15m or 24h"
	}
	return u
}

// noFile is for verbs that take no argument, and are given the policy as one, because 'check' takes it so.
func noFile(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{message: fmt.Sprintf("it takes no argument, and %q is one", args[0]), hint: "--policy FILE names the policy"}
}

// takes is the arguments that a verb takes: from least to most of what is called name.
func takes(least, most int, name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) > most && most == 0:
			return &usageError{message: fmt.Sprintf("it takes no argument, and %q is one", args[0])}
		case len(args) > most:
			return &usageError{message: fmt.Sprintf("one %s is enough, and %q is more", name, args[most])}
		case len(args) < least:
			return &usageError{message: "a " + name + " is missing"}
		}
		return nil
	}
}

// must is for what fails only where the program is built wrongly.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
