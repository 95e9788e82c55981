package cli

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// reportAnswer is what report says. docs/schemas/report.json describes its JSON form.
type reportAnswer struct {
	Snapshot string    `json:"snapshot"`
	Since    time.Time `json:"since"`
	// Safe says that every rule can be enforced now, or is, as far as was seen.
	Safe  bool         `json:"safe"`
	Rules []reportRule `json:"rules"`
	// NotSeen is what an audit cannot see, or this one did not.
	NotSeen []string `json:"notSeen"`
}

// reportRule is what enforcing one rule, and the floor for its containers, would do.
type reportRule struct {
	Rule string `json:"rule"`
	// Enforce is "yes", "no" or "unknown": whether the rule can be enforced now; "enforced" where it is. Because says why.
	Enforce string `json:"enforce"`
	Because string `json:"because,omitempty"`
	// Containers were decided on, of which enforcing would refuse WouldRefuse. WouldDeny counts calls.
	Containers  int              `json:"containers"`
	WouldRefuse int              `json:"wouldRefuse"`
	WouldDeny   uint64           `json:"wouldDeny"`
	Workloads   []reportWorkload `json:"workloads,omitempty"`
	// unlogged are containers in which nothing could be logged.
	unlogged int
}

// reportWorkload is what would be denied to containers of one name and image.
type reportWorkload struct {
	Namespace string       `json:"namespace,omitempty"`
	Name      string       `json:"name,omitempty"`
	Image     string       `json:"image,omitempty"`
	Pods      []string     `json:"pods,omitempty"`
	Calls     []reportCall `json:"calls"`
	Suggested suggested    `json:"suggested"`
}

type reportCall struct {
	Syscall string `json:"syscall"`
	Count   uint64 `json:"count"`
	// GoesOn says that programs do without the call, since it is answered with ENOSYS. It counts for nothing.
	GoesOn bool `json:"goesOn,omitempty"`
}

func newReport(c *console) *cobra.Command {
	d := &denialsFlags{console: c}
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Say what enforcing would deny, after an audit, and which rules can be enforced now",
		Long: "report says for each rule what enforcing it would refuse and deny, to which workloads and how often, with what to change in\n" +
			"the policy, and what the audit could not see. It reads the records of decisions and of denials since the policy in force\n" +
			"was applied.\n\n" +
			"It exits with 0 if every rule can be enforced as far as was seen, and with 1 otherwise.",
		Example: "  seccompctl report\n  seccompctl report --since 24h -o json",
		Args:    takes(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			a, err := d.report()
			if err != nil {
				return err
			}
			if err := d.print(a); err != nil || a.Safe {
				return err
			}
			return errNo
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.since, "since", "", "look at what was since a `time`: 15m, 24h, or 2026-11-23T09:00:00Z (when the policy in force was applied)")
	f.StringVar(&d.file, "denials", defaultDenials, "the log of denials: a `file`")
	f.StringVar(&d.decisions, "decisions", defaultDecisions, "the decision log: a `file`")
	return cmd
}

func (d *denialsFlags) report() (*reportAnswer, error) {
	snap, err := snapshot.Open(d.stateDir).Current()
	if snap == nil {
		if errors.Is(err, snapshot.ErrNone) {
			return nil, refuse(errors.New("no policy is in force, so nothing was audited (run 'seccompctl apply')"))
		}
		return nil, err
	}
	since := snap.Created
	if d.since != "" {
		if since, err = sinceTime(d.since, d.now()); err != nil {
			return nil, err
		}
	}
	return d.reportOn(snap, since)
}

// reportOn reports on a policy, from what was since a time.
func (d *denialsFlags) reportOn(snap *snapshot.Snapshot, since time.Time) (*reportAnswer, error) {
	a := &reportAnswer{Snapshot: snap.Digest, Since: since}
	rules := map[string]*reportRule{}
	for i := range snap.Policy.Rules {
		a.Rules = append(a.Rules, reportRule{Rule: snap.Policy.Rules[i].Name})
	}
	a.Rules = append(a.Rules, reportRule{Rule: policy.DefaultRule})
	for i := range a.Rules {
		rules[a.Rules[i].Rule] = &a.Rules[i]
	}
	undecided := &reportRule{Rule: undecidable}
	rules[""] = undecided
	if err := d.decided(a.Since, rules); err != nil {
		return nil, err
	}
	seen, err := d.read(denial.Query{Since: a.Since})
	if err != nil {
		return nil, err
	}
	lost := a.missed(seen)
	d.denied(seen.Denials, rules, snap.Policy)
	a.Safe = true
	for i := range a.Rules {
		rule := i
		if i == len(a.Rules)-1 {
			rule = -1
		}
		a.Rules[i].judge(enforced(snap.Policy, rule), lost)
		a.Safe = a.Safe && a.Rules[i].Enforce != no && a.Rules[i].Enforce != unknown
	}
	if undecided.Containers > 0 {
		undecided.judge(false, true)
		a.Rules, a.Safe = append(a.Rules, *undecided), false
	}
	return a, nil
}

const (
	no, yes, enforcedNow = "no", "yes", "enforced"
	// undecidable stands in the place of a rule for containers for which the policy could not be decided.
	undecidable = "(undecidable)"
)
