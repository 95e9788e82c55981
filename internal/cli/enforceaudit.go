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
	Since   time.Time   `json:"since"`
	Audited int         `json:"audited"`
	Refused int         `json:"wouldRefuse"`
	Rules   []auditRule `json:"rules,omitempty"`
	// NotSeen is what this audit did not see of the calls that would be denied.
	NotSeen  []string `json:"notSeen,omitempty"`
	file     string
	examples []string
	// ids are the containers, and found what enforcing would do to each by a rule.
	ids   map[string]bool
	found map[[2]string]would
}

// would is what enforcing would do to a container, the strictest last.
type would int

const (
	wouldKeep would = iota
	wouldInstall
	wouldRefuse
)

// auditRule is what enforcing would have done by one rule. A container that it would refuse at one of two doors is refused, and one
// that gets a filter at one of them has it.
type auditRule struct {
	Rule    string `json:"rule"`
	Refused int    `json:"wouldRefuse"`
	Install int    `json:"wouldInstall"`
	Keep    int    `json:"wouldKeep"`
}

// maxExamples is how many refusals are shown.
const maxExamples = 5

func readAudit(file string, current *snapshot.Snapshot) (*auditReport, error) {
	r := &auditReport{Since: current.Created, file: file, ids: map[string]bool{}, found: map[[2]string]would{}}
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
	r.count()
	return r, nil
}

func (r *auditReport) add(rec audit.Record) {
	name := or(rec.Rule, undecidable)
	id := containerOf(rec)
	if !r.ids[id] {
		r.ids[id] = true
		r.Audited++
	}
	would := wouldKeep
	switch {
	case rec.WouldRefuse:
		would = wouldRefuse
	case strings.HasPrefix(rec.Would, "install"):
		would = wouldInstall
	}
	key := [2]string{name, id}
	before, known := r.found[key]
	if would == wouldRefuse && before != wouldRefuse && len(r.examples) < maxExamples {
		r.examples = append(r.examples, fmt.Sprintf("%s: would %s", workloadName(rec), rec.Would))
	}
	if !known || would > before {
		r.found[key] = would
	}
}

// count fills in the rules from what was found.
func (r *auditReport) count() {
	refused := map[string]bool{}
	for key, would := range r.found {
		i := slices.IndexFunc(r.Rules, func(a auditRule) bool { return a.Rule == key[0] })
		if i < 0 {
			i = len(r.Rules)
			r.Rules = append(r.Rules, auditRule{Rule: key[0]})
		}
		switch would {
		case wouldRefuse:
			refused[key[1]] = true
			r.Rules[i].Refused++
		case wouldInstall:
			r.Rules[i].Install++
		case wouldKeep:
			r.Rules[i].Keep++
		}
	}
	r.Refused = len(refused)
	slices.SortFunc(r.Rules, func(a, b auditRule) int { return strings.Compare(a.Rule, b.Rule) })
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
