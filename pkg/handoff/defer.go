package handoff

import (
	"errors"
	"slices"
	"strings"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Defers returns the refusal that the NRI door does not make, since the policy relies on the runtime door as well and that one
// can see what could not be decided; nil for every other error.
func Defers(p *policy.Policy, err error) *enforce.Refusal {
	var r *enforce.Refusal
	if !errors.As(err, &r) || r.Reason != enforce.ReasonUndecidable || !slices.Contains(p.RelyOn(), workload.DoorRuntime) {
		return nil
	}
	field := policy.Field(strings.TrimPrefix(string(r.Decision.UndecidableField), "except."))
	on := policy.Platform{Engine: workload.EngineKubernetes, Software: policy.Containerd}
	// No field: a profile depends on capabilities, or an action on the filter that there is.
	if field == "" || policy.Sees(field, workload.DoorRuntime, on) != policy.SightNo {
		return r
	}
	return nil
}
