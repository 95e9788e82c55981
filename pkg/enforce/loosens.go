package enforce

import (
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// maxLoosens is how many calls an outcome names.
const maxLoosens = 3

// loosens fills in what a filter permits that the container had not without us, and that the runtime default denies, too. A
// container that would be unconfined had everything.
func (e *Engine) loosens(out *Outcome, req Request, s *specs.LinuxSeccomp, t target) {
	if req.Current.State == CurrentNone {
		return
	}
	got, _, err := algebra.Read(s, t.Env)
	if err == nil {
		out.Loosens, out.LoosensCount = e.beyond(got, req)
	}
}

// beyond returns calls that a filter permits and that neither the runtime default nor the filter of a request does, and how
// many there are. There are none where no default is known for the engine.
func (e *Engine) beyond(got algebra.Meaning, req Request) (calls []string, count int) {
	caps := capabilities{set: req.Workload.Capabilities.Or(workload.DefaultCapabilities)}
	usual, err := e.meaning(&policy.ProfileRef{Type: policy.TypeRuntimeDefault}, req, caps)
	if err != nil {
		return nil, 0
	}
	had := usual.Meaning
	if req.Current.State == CurrentFilter && req.Current.Filter != nil {
		own, err := e.read(req.Current.Filter)
		if err == nil {
			had, err = algebra.Join(had, own)
		}
		if err != nil {
			return nil, 0
		}
	}
	more := algebra.Compare(got, had).Weaker
	for _, w := range more[:min(len(more), maxLoosens)] {
		calls = append(calls, w.Call.String())
	}
	return calls, len(more)
}
