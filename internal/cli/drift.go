package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/drift"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// lookFlags say where running containers are looked for, and how.
type lookFlags struct {
	*console
	roots     drift.Roots
	decisions string
	denials   string
	kernel    bool
}

func (l *lookFlags) register(cmd *cobra.Command) {
	d := drift.DefaultRoots()
	f := cmd.Flags()
	f.BoolVar(&l.kernel, "kernel", false, "read the filters that the kernel holds, for which one thread of each process is stopped for a moment")
	f.StringArrayVar(&l.roots.Containerd, "containerd-state", d.Containerd, "a state `directory` of containerd; may be given several times")
	f.StringArrayVar(&l.roots.Runtimes, "runtime-state", d.Runtimes, "a `directory` in which runc or crun keeps its state; may be given several times")
	f.StringVar(&l.roots.Docker, "docker-root", d.Docker, "the data `directory` of Docker")
	f.StringVar(&l.roots.Proc, "proc", d.Proc, "the `directory` where procfs is mounted")
}

func newDrift(c *console) *cobra.Command {
	l := &lookFlags{console: c}
	cmd := &cobra.Command{
		Use:   "drift [CONTAINER]…",
		Short: "Hold the containers that run against the policy in force",
		Long: "drift finds every container that runs, of every engine and of none, and says how it stands to the policy in force:\n" +
			"enforced, stale (older than the policy), outlived (its exception has ended), weaker, unfiltered, unverified (Kata, gVisor)\n" +
			"or unknown, with the reason. It goes by their configurations, by /proc, and by the filters that the daemon has read, and\n" +
			"disturbs nothing. With --kernel it reads the filters themselves.\n\n" +
			"CONTAINER is an id, the first 8 or more characters of one, NAMESPACE/POD, NAMESPACE/POD/CONTAINER, or a name.\n\n" +
			"It exits with 0 where all are enforced, with 1 where one is not, or it cannot be told, and with 2 on an error.",
		Example: "  seccompctl drift\n" +
			"  seccompctl drift --kernel prod/web-0\n" +
			"  seccompctl drift -o json",
		RunE: func(cmd *cobra.Command, args []string) error { return l.drift(cmd.Context(), args) },
	}
	l.register(cmd)
	cmd.Flags().StringVar(&l.decisions, "decisions", defaultDecisions, "the decision log: a `file`")
	return cmd
}

func (l *lookFlags) drift(ctx context.Context, args []string) error {
	store := snapshot.Open(l.stateDir)
	snap, err := l.current(store)
	if err != nil {
		return err
	}
	if snap == nil {
		return snapshot.ErrNone
	}
	engine, err := enforce.New(snap, l.now)
	if err != nil {
		return err
	}
	q, err := l.query(args)
	if err != nil {
		return err
	}
	node := drift.New(drift.Settings{
		Roots: l.roots, Decisions: l.decisions, RunDir: l.runDir, Engine: engine, Snapshot: snap, Store: store, Now: l.now,
	})
	r, err := node.Audit(ctx, q)
	if err != nil {
		return notRunning(err)
	}
	if err := l.print(&driftAnswer{r}); err != nil {
		return err
	}
	if r.Counts[drift.Enforced] < len(r.Containers) {
		return errNo
	}
	return nil
}

// query says what is looked at, and warns of what that disturbs.
func (l *lookFlags) query(args []string) (drift.Query, error) {
	if l.kernel {
		if l.roots.Proc != drift.DefaultRoots().Proc {
			return drift.Query{}, &usageError{message: "--kernel and --proc do not go together", hint: "the kernel is asked about the processes of this procfs"}
		}
		l.say("note: one thread of each process is stopped for well under a millisecond: calls in which it waits (epoll_wait, semtimedop, sigtimedwait) may return EINTR")
	}
	return drift.Query{Kernel: l.kernel, Containers: args}, nil
}

// notRunning makes an answer of the error that a container does not run.
func notRunning(err error) error {
	var n *drift.NotRunningError
	if errors.As(err, &n) {
		return refuse(err)
	}
	return err
}

// age is how long ago something was, in the largest unit that says it.
func age(since, now time.Time) string {
	d := now.Sub(since)
	switch {
	case since.IsZero():
		return "-"
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", max(0, int(d.Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}
