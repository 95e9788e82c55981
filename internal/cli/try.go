package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/host"
)

// The exit codes of try that are not the command's, as env(1), nohup(1) and engines have them.
const (
	exitTry       = 125
	exitCannotRun = 126
	exitNotFound  = 127
)

// exitKey marks a verb that exits with exitTry where others exit with exitError or exitNo.
const exitKey = "seccompctl/exit"

// commandEnded ends try with the exit code of its command.
type commandEnded struct{ code int }

func (e *commandEnded) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// startError is a command that cannot be started.
type startError struct {
	code int
	err  error
}

func (e *startError) Error() string { return e.err.Error() }
func (e *startError) Unwrap() error { return e.err }

type trier struct {
	explainer
	profileName string
	noNewPrivs  bool
	trace       bool
	traceFile   string
	handedOver  bool
}

func newTry(c *console) *cobra.Command {
	t := trier{explainer: explainer{console: c, kubelet: defaultKubelet}}
	cmd := &cobra.Command{
		Use:   "try [--profile PROFILE | flags that describe a container] -- COMMAND [ARG...]",
		Short: "Run a command under a profile, or under what the policy decides, without a container",
		Long: "try loads a filter into the kernel and runs a command under it, on this machine and without a container engine. The\n" +
			"filter is that of a profile (--profile, named as for 'seccompctl show'), or what the policy gives to the container that the\n" +
			"flags describe, as 'seccompctl explain' says it.\n\n" +
			"It exits with the command's exit code. Where it does not come to that, it exits with 125, with 126 if the command cannot\n" +
			"be executed, and with 127 if there is none. --trace lists the calls that the filter denied, on standard error, when all\n" +
			"processes of the command have ended; the kernel filters as it does without it, and each call costs two stops.\n\n" +
			"The command gets no_new_privs; root can leave that out with --no-new-privs=false.",
		Example: "  seccompctl try --profile runtime-default -- unshare -U true\n" +
			"  seccompctl try --profile mine.json --trace -- ./server --version\n" +
			"  seccompctl try --namespace prod --requested Unconfined -- sh",
		Annotations: map[string]string{exitKey: "125"},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{message: "a command is missing"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return t.run(cmd, args) },
	}
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.StringVar(&t.profileName, "profile", "", "the `profile`")
	f.BoolVar(&t.noNewPrivs, "no-new-privs", true, "no program that is executed gives more privileges (set-user-ID and file capabilities)")
	f.BoolVar(&t.trace, "trace", false, "list the calls that were denied")
	f.StringVar(&t.traceFile, "trace-file", "", "write that list to a `file`, in the form of -o")
	f.BoolVar(&t.handedOver, "handed-over", false, "be the process that the command is started in")
	must(f.MarkHidden("handed-over"))
	t.flags.register(cmd)
	t.door.register(cmd)
	must(cmd.RegisterFlagCompletionFunc("profile", completeProfile))
	return cmd
}

// trial is a command with the filter that it gets.
type trial struct {
	name     string        // of the profile, or the policy's decision
	programs []bpf.Program // the oldest first
	meaning  algebra.Meaning
	flags    []specs.LinuxSeccompFlag

	path       string
	args       []string
	noNewPrivs bool
}

func (t *trier) run(cmd *cobra.Command, args []string) error {
	if t.handedOver {
		return beTraced(args)
	}
	described := t.flags.given(cmd)
	switch {
	case t.profileName == "" && len(described) == 0:
		return &usageError{message: "nothing says which filter", hint: "--profile PROFILE -- COMMAND, or flags that describe a container"}
	case t.profileName != "":
		for _, name := range described {
			if name != "cap" {
				return &usageError{message: fmt.Sprintf("--profile names the filter, and --%s describes a container", name), hint: "one of the two"}
			}
		}
	}
	if t.traceFile != "" {
		if _, err := os.Stat(filepath.Dir(t.traceFile)); err != nil {
			return fmt.Errorf("write the list of denied calls: %w", err)
		}
	}
	facts, err := t.host(cmd.Context())
	if err != nil {
		return err
	}
	tr, err := t.filter(cmd, facts)
	if err != nil {
		return err
	}
	tr.args, tr.noNewPrivs = args, t.noNewPrivs
	if err := tr.find(facts); err != nil {
		return err
	}
	if !t.trace && t.traceFile == "" {
		return tr.exec()
	}
	return t.traced(tr)
}

// filter makes the program.
func (t *trier) filter(cmd *cobra.Command, facts host.Facts) (*trial, error) {
	if isHeld(t.profileName) {
		return t.held(facts)
	}
	f, name, err := t.installed(cmd, facts)
	if err != nil || f == nil {
		return &trial{name: name}, err
	}
	tr := &trial{name: name, flags: f.Flags}
	if f.Flags == nil {
		tr.flags = []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagSpecAllow} // runc adds it
	}
	m, _, err := algebra.Read(f, environment(facts))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	tr.meaning = m
	p, err := bpf.Compile(m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	tr.programs = []bpf.Program{p}
	return tr, nil
}

// held takes over what the kernel holds for a process.
func (t *trier) held(facts host.Facts) (*trial, error) {
	h, err := fetch(t.profileName, &t.node)
	if err != nil {
		return nil, err
	}
	r, err := h.reading(facts)
	if err != nil {
		return nil, err
	}
	if len(h.stack) == 0 {
		t.say("%s has no filter: the command runs without one", h.name)
	}
	return &trial{name: h.name, programs: h.stack, meaning: r.meaning}, nil
}

// installed returns the filter that the command gets, or none.
func (t *trier) installed(cmd *cobra.Command, facts host.Facts) (*specs.LinuxSeccomp, string, error) {
	if t.profileName == "" {
		return t.decided(cmd.Context(), t.fromSource(cmd))
	}
	caps, err := capabilities(t.flags.caps)
	if err != nil {
		return nil, "", err
	}
	p, err := t.profile(t.profileName)
	if err != nil {
		return nil, "", err
	}
	out, err := filterOf(p, facts, caps, t.console)
	return out.Install, p.Name, err
}

// decided asks the policy.
func (t *trier) decided(ctx context.Context, source bool) (*specs.LinuxSeccomp, string, error) {
	subjects, err := t.flags.subjects()
	if err != nil {
		return nil, "", err
	}
	in, err := t.asked(ctx, source, nil)
	if err != nil {
		return nil, "", err
	}
	one, err := t.one(in, &subjects[0])
	if err != nil {
		return nil, "", err
	}
	name := "the policy's decision"
	if rule := one.Trace.Decision.RuleName; rule != "" {
		name = fmt.Sprintf("what rule %q gives", rule)
	}
	r := one.Result
	switch {
	case r.Refused:
		return nil, "", fmt.Errorf("the policy refuses the container: %s", r.Message)
	case r.Filter == nil && r.Confined:
		return nil, "", errors.New("what the container's own filter says is not known here")
	case r.Filter == nil:
		t.say("%s is no filter: the command runs without one", name)
	}
	return r.Filter, name, nil
}

// find looks the command up, and whether it can be started under the filter.
func (tr *trial) find(facts host.Facts) error {
	var err error
	tr.path, err = exec.LookPath(tr.args[0])
	switch {
	case errors.Is(err, fs.ErrPermission):
		return &startError{exitCannotRun, fmt.Errorf("run %q: %w", tr.args[0], fs.ErrPermission)}
	case err != nil && !errors.Is(err, exec.ErrDot):
		return &startError{exitNotFound, fmt.Errorf("run %q: there is no such command", tr.args[0])}
	}
	if len(tr.programs) == 0 {
		return nil
	}
	if a, ok := tr.meaning.EvaluateName(facts.Native, "execve", [6]uint64{}); ok && a.Class() != algebra.Permits {
		return fmt.Errorf("%s answers %s to execve, with which the command is started", tr.name, a)
	}
	return nil
}
