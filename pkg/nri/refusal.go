package nri

import (
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
)

// Reasons of refusals that the door makes itself.
const (
	// ReasonNoPolicy: no policy has ever been in force.
	ReasonNoPolicy enforce.Reason = "no-policy"
	// ReasonTampered: what is about to be created is not what was decided on.
	ReasonTampered enforce.Reason = "tampered"
	// ReasonBypass: an annotation makes a runtime replace the filter.
	ReasonBypass enforce.Reason = "bypass"
	// ReasonSize: what NRI tells of the container is so large that the engine might not get through to us any more.
	ReasonSize enforce.Reason = "size"
)

// refuse makes the one line that a container's creator reads.
func refuse(reason enforce.Reason, message string) *enforce.Refusal {
	return &enforce.Refusal{ID: newID(), Reason: reason, Message: message}
}

// refuse is refuse for a container on which a rule decided: it names that rule.
func (d *decided) refuse(reason enforce.Reason, message string) *enforce.Refusal {
	r := refuse(reason, message)
	r.Rule, r.Decision = d.out.Decision.RuleName, d.out.Decision
	return r
}

// newID names a refusal of the door's own, apart from an engine's ids.
func newID() string { return "nri-" + strings.ToLower(rand.Text()[:10]) }

// refused records why a container is not created, and returns it in the form that goes to the runtime.
func (p *Plugin) refused(start time.Time, d decided) error {
	var r *enforce.Refusal
	if !errors.As(d.err, &r) {
		r = refuse(enforce.ReasonInternal, d.err.Error())
	}
	p.set.Record(audit.Refused(p.set.Now(), d.snapshot, d.req, r, time.Since(start)))
	return r
}
