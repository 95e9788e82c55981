package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/denial"
)

const defaultDenials = "/var/log/seccompd/denials.jsonl"

// denialsFlags are those of denials.
type denialsFlags struct {
	*console
	file, decisions  string
	since, container string
	follow, suggest  bool
	trace            string
	duration         time.Duration
}

func newDenials(c *console) *cobra.Command {
	d := &denialsFlags{console: c}
	cmd := &cobra.Command{
		Use:   "denials",
		Short: "Show which calls of which containers were denied, and what would allow them",
		Long: "denials shows the calls that the filters of containers denied, as the daemon read them from the kernel's audit records:\n" +
			"killed and logged calls always, those answered with an errno where the policy says logDenials. Records have no arguments;\n" +
			"--trace watches one container for a while and shows them.\n\n" +
			"It exits with 0 whether there are any or not, and with 2 where it cannot tell.",
		Example: "  seccompctl denials --since 1h\n" +
			"  seccompctl denials --container prod/web-0 --suggest\n" +
			"  seccompctl denials --follow -o json\n" +
			"  seccompctl denials --trace prod/web-0/app --for 30s",
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context(), cmd) },
	}
	f := cmd.Flags()
	f.BoolVarP(&d.follow, "follow", "f", false, "go on with what comes, until it is interrupted")
	f.StringVar(&d.since, "since", "", "those since a `time`: 15m, 24h, or 2026-11-23T09:00:00Z")
	f.StringVar(&d.container, "container", "", "those of one container: its `id` or the start of it, its name, its pod, NAMESPACE/POD or NAMESPACE/POD/NAME")
	f.BoolVar(&d.suggest, "suggest", false, "say what would allow them, the narrowest first, and what that opens")
	f.StringVar(&d.trace, "trace", "", "watch the calls of a container, by its `id` or a name as of --container, and show those denied with their arguments")
	f.DurationVar(&d.duration, "for", 10*time.Second, "how `long` --trace watches, at most 10m")
	f.StringVar(&d.file, "denials", defaultDenials, "the log of denials: a `file`")
	f.StringVar(&d.decisions, "decisions", defaultDecisions, "the decision log, for --suggest: a `file`")
	return cmd
}

func (d *denialsFlags) run(ctx context.Context, cmd *cobra.Command) error {
	for _, pair := range [][2]string{{"follow", "suggest"}, {"trace", "follow"}, {"trace", "suggest"}, {"trace", "since"}, {"trace", "container"}} {
		if cmd.Flags().Changed(pair[0]) && cmd.Flags().Changed(pair[1]) {
			return &usageError{message: fmt.Sprintf("--%s and --%s do not go together", pair[0], pair[1])}
		}
	}
	if cmd.Flags().Changed("for") && !cmd.Flags().Changed("trace") {
		return &usageError{message: "--for is for --trace", hint: "--since says how far back to look"}
	}
	if cmd.Flags().Changed("trace") {
		return d.traceOne(ctx)
	}
	q := denial.Query{Container: d.container}
	var err error
	if q.Since, err = sinceTime(d.since, d.now()); err != nil {
		return err
	}
	if d.follow {
		return d.followAll(ctx, q)
	}
	a, err := d.read(q)
	if err != nil {
		return err
	}
	if d.suggest {
		if err := d.suggestions(a); err != nil {
			return err
		}
	}
	return d.print(a)
}

// sinceTime reads a time, or how long ago it was. The zero time is for "".
func sinceTime(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(s); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, nil
		}
	}
	return time.Time{}, &usageError{message: fmt.Sprintf("--since cannot be %q", s), hint: "as 15m, 24h, or 2026-11-23T09:00:00Z"}
}
