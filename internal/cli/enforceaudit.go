package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// auditReport is what the decision log says of a policy since it is in force.
type auditReport struct {
	Since    time.Time   `json:"since"`
	Audited  int         `json:"audited"`
	Refused  int         `json:"wouldRefuse"`
	Rules    []auditRule `json:"rules,omitempty"`
	file     string
	examples []string
}

// auditRule is what enforcing would have done by one rule.
type auditRule struct {
	Rule    string `json:"rule"`
	Refused int    `json:"wouldRefuse"`
	Install int    `json:"wouldInstall"`
	Keep    int    `json:"wouldKeep"`
}

// maxExamples is how many refusals are shown.
const maxExamples = 5

func readAudit(file string, current *snapshot.Snapshot) (*auditReport, error) {
	r := &auditReport{Since: current.Created, file: file}
	log, err := audit.NewReader(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	for {
		rec, err := log.Next()
		if errors.Is(err, io.EOF) || err == nil && rec.Time.Before(r.Since) {
			break
		}
		if err != nil {
			return nil, err
		}
		if rec.Result == audit.ResultAudited {
			r.add(rec)
		}
	}
	slices.SortFunc(r.Rules, func(a, b auditRule) int { return strings.Compare(a.Rule, b.Rule) })
	return r, nil
}

func (r *auditReport) add(rec audit.Record) {
	name := or(rec.Rule, undecidable)
	i := slices.IndexFunc(r.Rules, func(a auditRule) bool { return a.Rule == name })
	if i < 0 {
		i = len(r.Rules)
		r.Rules = append(r.Rules, auditRule{Rule: name})
	}
	r.Audited++
	switch {
	case rec.WouldRefuse:
		r.Refused++
		r.Rules[i].Refused++
		if len(r.examples) < maxExamples {
			r.examples = append(r.examples, fmt.Sprintf("%s: would %s", workloadName(rec), rec.Would))
		}
	case strings.HasPrefix(rec.Would, "install"):
		r.Rules[i].Install++
	default:
		r.Rules[i].Keep++
	}
}

// workloadName names the container of a record, in the order of an engine's own names.
func workloadName(rec audit.Record) string {
	if rec.Workload == nil {
		return rec.ID
	}
	w := rec.Workload
	var parts []string
	for _, p := range []string{w.Namespace.Or(""), w.Pod.Or(""), w.Container.Or("")} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return fmt.Sprintf("%s (%s)", strings.Join(parts, "/"), rec.ID)
}

// problems are why nobody should enforce yet.
func (r *auditReport) problems() []error {
	switch {
	case r.Audited == 0:
		return []error{fmt.Errorf("no decision since %s is on record in %s, so nobody knows what enforcing would do (let containers start, or --yes)", r.Since.UTC().Format(time.RFC3339), r.file)}
	case r.Refused > 0:
		return []error{fmt.Errorf("%s would have been refused (see 'seccompctl explain ID', or --yes)", plural(r.Refused, "container"))}
	}
	return nil
}
