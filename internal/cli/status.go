package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// statusAnswer is what status says.
type statusAnswer struct {
	// Healthy says that a policy is in force, and that the daemon decides by it where the policy relies on it.
	Healthy  bool           `json:"healthy"`
	Problems []string       `json:"problems,omitempty"`
	InForce  *inForceStatus `json:"inForce"`
	// Held is the digest of a source that a rollback took out of force.
	Held       string            `json:"held,omitempty"`
	Exceptions []exceptionStatus `json:"exceptions,omitempty"`
	// Daemon is what the daemon said last; nil where it has not run since the machine started. Running says whether it
	// still says something.
	Running bool          `json:"running"`
	Daemon  *audit.Status `json:"daemon"`
	// behind says that the daemon decides by another policy.
	behind bool
}

// inForceStatus is the policy in force.
type inForceStatus struct {
	Digest  string          `json:"digest"`
	Created time.Time       `json:"created"`
	Age     string          `json:"age"`
	Mode    policy.Mode     `json:"mode"`
	Doors   []workload.Door `json:"doors"`
	Rules   int             `json:"rules"`
	// FloorMode is the floor's mode, "" where there is no floor. Floor lists its entries that only log, or of which the time
	// comes or goes.
	FloorMode policy.Mode   `json:"floorMode,omitempty"`
	Floor     []floorStatus `json:"floor,omitempty"`
	Sources   []string      `json:"sources"`
	// Kept is how many policies are kept, this one among them.
	Kept int `json:"kept"`
}

type exceptionStatus struct {
	Name    string    `json:"name"`
	Until   time.Time `json:"until"`
	Expired bool      `json:"expired"`
	Reason  string    `json:"reason,omitempty"`
}

func newStatus(c *console) *cobra.Command {
	var watch bool
	interval := 2 * time.Second
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say what is in force on this node, and how the daemon does",
		Long: "status says which policy is in force, which exceptions it has and what of its floor only logs, whether the daemon decides by\n" +
			"it, how the containers that run stand to it, and which measures see to it that nothing is created without a decision. It\n" +
			"exits with 1 if something is wrong.\n\n" +
			"With --watch it goes on until it is interrupted, whether there is a daemon or not: on a terminal it shows the same again and\n" +
			"again, elsewhere it writes a line for each change.",
		Example: "  seccompctl status\n  seccompctl status --watch --interval 5s",
		Args:    takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch changed := cmd.Flags().Changed("interval"); {
			case changed && !watch:
				return &usageError{message: "--interval is for --watch"}
			case interval < shortestWatch:
				return &usageError{message: fmt.Sprintf("--interval cannot be %v", interval), hint: fmt.Sprintf("at least %v", shortestWatch)}
			case watch:
				return c.watch(cmd.Context(), interval)
			}
			a, err := c.settled(cmd.Context())
			if err != nil {
				return err
			}
			if err := c.print(a); err != nil {
				return err
			}
			if !a.Healthy {
				return errNo
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&watch, "watch", "w", false, "go on, until it is interrupted")
	f.DurationVar(&interval, "interval", interval, "how `often` --watch looks")
	return cmd
}

// shortestWatch is how often --watch may look. The daemon gathers changes for as long.
const shortestWatch = 200 * time.Millisecond

// settleTime is how long the daemon may take to follow what was put in force.
const settleTime = 2 * time.Second

// settled is the status, for which the daemon gets the moment that it needs to follow what was just put in force.
func (c *console) settled(ctx context.Context) (*statusAnswer, error) {
	late := time.After(settleTime)
	for {
		a, err := c.status()
		if err != nil || !a.behind {
			return a, err
		}
		select {
		case <-ctx.Done():
			return a, nil
		case <-late:
			return a, nil
		case <-time.After(shortestWatch / 2):
		}
	}
}

func (c *console) status() (*statusAnswer, error) {
	a := &statusAnswer{}
	store := snapshot.Open(c.stateDir)
	snap, err := store.Current()
	switch {
	case errors.Is(err, snapshot.ErrNone):
		a.problem("no policy is in force: run '%s'", c.firstPolicy())
	case snap == nil && !errors.Is(err, snapshot.ErrCorrupt):
		return nil, err
	case err != nil:
		a.problem("%v", err)
	}
	if snap != nil {
		kept, err := store.List()
		if err != nil {
			return nil, err
		}
		a.inForce(snap, len(kept), c.now())
	}
	a.Held = store.Held()
	if err := a.daemon(c.runDir, snap, c.now()); err != nil {
		return nil, err
	}
	a.Healthy = len(a.Problems) == 0
	return a, nil
}

// firstPolicy is the command that puts a first policy in force, where none is.
func (c *console) firstPolicy() string {
	if _, err := os.Stat(c.policy); c.policy == defaultPolicy && errors.Is(err, fs.ErrNotExist) {
		return "install.sh" // which writes one
	}
	return "seccompctl apply"
}

func (a *statusAnswer) problem(format string, args ...any) {
	a.Problems = append(a.Problems, fmt.Sprintf(format, args...))
}

func (a *statusAnswer) inForce(s *snapshot.Snapshot, kept int, now time.Time) {
	p := s.Policy
	a.InForce = &inForceStatus{
		Digest: s.Digest, Created: s.Created, Age: now.Sub(s.Created).Round(time.Second).String(), Mode: p.Mode,
		Doors: p.RelyOn(), Rules: len(p.Rules), Kept: kept,
	}
	if p.Floor != nil {
		a.InForce.FloorMode, a.InForce.Floor = p.FloorMode(), floorOf(p, now)
	}
	for _, src := range s.Sources {
		name := src.Path
		if name == "" {
			name = src.Name
		}
		a.InForce.Sources = append(a.InForce.Sources, name)
	}
	for i := range p.Exceptions {
		e := &p.Exceptions[i]
		a.Exceptions = append(a.Exceptions, exceptionStatus{e.Name, e.Until, e.Expired(now), e.Reason})
	}
}

// daemon adds what the daemon said of itself. That there is none is wrong only where the policy relies on it.
func (a *statusAnswer) daemon(runDir string, snap *snapshot.Snapshot, now time.Time) error {
	needed := snap != nil && slices.Contains(snap.Policy.RelyOn(), workload.DoorNRI)
	s, err := audit.ReadStatus(runDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if needed {
			a.problem("the daemon is not running: it left no status in %s", runDir)
		}
		return nil
	case err != nil:
		return err
	}
	a.Daemon = &s
	a.Running = s.Living(now)
	switch {
	case s.Stopped && needed:
		a.problem("the daemon is not running: it stopped at %s", s.Updated.UTC().Format(time.RFC3339))
	case !a.Running && needed:
		a.problem("the daemon is not running: it last said something at %s", s.Updated.UTC().Format(time.RFC3339))
	case !a.Running:
	case needed && !s.NRI.Connected:
		a.problem("the daemon is not connected to an engine: %s", or(s.NRI.Error, "it did not say why"))
	case snap != nil && s.InForce.Digest != snap.Digest:
		a.behind = true
		a.problem("the daemon decides by %s, and not by what is in force", or(s.InForce.Digest, "no policy"))
	}
	if a.Running && s.Source.Error != "" {
		a.problem("the daemon cannot apply %s: %s", s.Source.Policy, s.Source.Error)
	}
	return nil
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
