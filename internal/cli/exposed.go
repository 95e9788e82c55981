package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/drift"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/pack"
	"github.com/seccompd/seccompd/pkg/pack/packfile"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

func newExposed(c *console) *cobra.Command {
	l := &lookFlags{console: c}
	cmd := &cobra.Command{
		Use:               "exposed CALL[:ARGUMENT] [CONTAINER]…",
		Short:             "Show which running containers can still make a call",
		ValidArgsFunction: completeCall,
		Long: "exposed finds the running containers whose filter lets a call through, by whom they belong to, and what to restart so that\n" +
			"they get the filter of the policy in force. It goes by their configurations and by the filters that the\n" +
			"daemon has read; with --kernel by what the kernel holds. It also says who used the call lately, as far as a filter logged or\n" +
			"denied it.\n\n" +
			"CALL is a system call, a glob, a group as @mount or a pack as pack:af-alg. ARGUMENT is a value of the argument by which\n" +
			"people tell what the call does, or any as argN=VALUE.\n\n" +
			"It exits with 0 where no container can, with 1 where one can, or it cannot be told, and with 2 on an error.",
		Example: "  seccompctl exposed socket:AF_ALG\n" +
			"  seccompctl exposed clone:CLONE_NEWUSER --kernel\n" +
			"  seccompctl exposed ioctl:arg1=0x5412 -o json",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{message: "a call is missing", hint: "as in socket:AF_ALG"}
			}
			return l.exposed(cmd.Context(), args[0], args[1:])
		},
	}
	l.register(cmd)
	cmd.Flags().StringVar(&l.denials, "denials", defaultDenials, "the log of denials, for who used the call lately: a `file`")
	return cmd
}

func (l *lookFlags) exposed(ctx context.Context, text string, containers []string) error {
	call, note, err := callArgument(text)
	if err != nil {
		return err
	}
	denied, err := callMeaning(call, l.abis())
	if err != nil {
		return err
	}
	q, err := l.query(containers)
	if err != nil {
		return err
	}
	e, err := drift.New(drift.Settings{Roots: l.roots, RunDir: l.runDir, Now: l.now}).Exposed(ctx, q, denied)
	if err != nil {
		return notRunning(err)
	}
	a := &exposedAnswer{Call: text, Exposure: e, Used: l.usedLately(l.denials, call, l.abis())}
	if note != "" {
		a.Notes = append(a.Notes, note)
	}
	if err := l.print(a); err != nil {
		return err
	}
	if len(e.Owners) > 0 {
		return errNo
	}
	return nil
}

// abis are the facts of this machine that the policy in force was compiled for, or what can be assumed: which ABIs it runs.
func (l *lookFlags) abis() host.Facts {
	if snap, _ := snapshot.Open(l.stateDir).Current(); snap != nil && snap.Facts.GOARCH == runtime.GOARCH {
		return snap.Facts
	}
	return host.Assume(runtime.GOARCH)
}

// callFilter returns a filter that denies a call and allows all else.
func callFilter(call policy.Call, facts host.Facts) (*specs.LinuxSeccomp, error) {
	packs, err := packfile.Load()
	if err != nil {
		return nil, err
	}
	list := profile.Call{Names: call.Names}
	for _, a := range call.Args {
		list.Args = append(list.Args, specs.LinuxSeccompArg{Index: a.Index, Value: a.Value, ValueTwo: a.ValueTwo, Op: specs.LinuxSeccompOperator("SCMP_CMP_" + string(a.Op))})
	}
	e, err := pack.Expand([]profile.Call{list}, nil, packs)
	if err != nil {
		return nil, err
	}
	for _, f := range e.Findings {
		return nil, errors.New(f.Message)
	}
	f, err := e.Profile("the call").Resolve(profile.Target{Facts: facts})
	if err != nil {
		return nil, fmt.Errorf("read the call: %w", err)
	}
	return f, nil
}

// callMeaning returns a meaning that denies a call on every ABI that a machine runs, allows all else on those, and has no others.
func callMeaning(call policy.Call, facts host.Facts) (algebra.Meaning, error) {
	f, err := callFilter(call, facts)
	if err != nil {
		return algebra.Meaning{}, err
	}
	m, _, err := algebra.Read(f, algebra.Env{Native: facts.Native})
	return m, err
}
