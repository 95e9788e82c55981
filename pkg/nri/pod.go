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
func (p *Plugin) RunPodSandbox(ctx context.Context, pod *api.PodSandbox) error {
	start := time.Now()
	d, err := guard(ctx, p, "RunPodSandbox", func() decided { return p.sandbox(pod) })
	if err != nil {
		d = decided{req: namedPod(pod), err: err}
	}
	if d.err != nil {
		return p.refused(start, d)
	}
	return nil
}

func (p *Plugin) sandbox(pod *api.PodSandbox) decided {
	why := tooLarge(pod, nil, nil)
	if why == "" {
		return decided{}
	}
	engine, missing := p.set.Engine()
	if missing == nil && engine.Policy().Mode == policy.ModeAudit {
		return decided{}
	}
	d := decided{req: namedPod(pod), err: refuse(ReasonSize, why+notAgain)}
	if missing == nil {
		d.snapshot = engine.Snapshot()
	}
	return d
}

// namedPod describes a pod's pause container by its names only, for a record.
func namedPod(pod *api.PodSandbox) enforce.Request {
	return enforce.Request{Workload: &workload.Workload{
		ID: pod.GetId(), PodID: pod.GetId(), PodUID: pod.GetUid(),
		Door: workload.DoorNRI, Engine: workload.Known(workload.EngineKubernetes),
		Namespace: known(pod.GetNamespace()), Pod: known(pod.GetName()),
		Requested: workload.AnyRequest, Kinds: workload.KindSandbox,
	}}
}
