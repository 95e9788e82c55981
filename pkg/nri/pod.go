package nri

import (
	"context"
	"time"

	"github.com/containerd/nri/pkg/api"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// RunPodSandbox refuses a pod that is too large to be told again. Its pause container runs even where every container of
// it is refused, and so would be among what the engine tells us when we connect.
func (p *Plugin) RunPodSandbox(_ context.Context, pod *api.PodSandbox) error {
	start := time.Now()
	why := tooLarge(pod, nil, nil)
	if why == "" {
		return nil
	}
	engine, err := p.set.Engine()
	if err == nil && engine.Policy().Mode == policy.ModeAudit {
		return nil
	}
	d := decided{err: refuse(ReasonSize, why+notAgain), req: enforce.Request{Workload: &workload.Workload{
		ID: pod.GetId(), PodID: pod.GetId(), PodUID: pod.GetUid(),
		Door: workload.DoorNRI, Engine: workload.Known(workload.EngineKubernetes),
		Namespace: known(pod.GetNamespace()), Pod: known(pod.GetName()),
		Requested: workload.AnyRequest, Kinds: workload.KindSandbox,
	}}}
	if err == nil {
		d.snapshot = engine.Snapshot()
	}
	return p.refused(start, d)
}
