package cli

import (
	"testing"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// A door shows of a container what the normative table says, and no more.
func TestSeenIsTheTable(t *testing.T) {
	whole := workload.Workload{
		Engine: workload.Known(workload.EngineKubernetes), ContainerdNamespace: workload.Known("k8s.io"), Namespace: workload.Known("n"),
		Pod: workload.Known("p"), Container: workload.Known("c"), Image: workload.Known("i"), ImageDigest: workload.Known("d"),
		Labels: workload.Known(map[string]string{}), PodLabels: workload.Known(map[string]string{}), Annotations: workload.Known(map[string]string{}),
		RuntimeHandler: workload.Known(""), Requested: workload.RequestUnconfined, LocalhostProfile: workload.Absent[string](),
		Privileged: workload.Known(false), Capabilities: workload.Known(workload.DefaultCapabilities), User: workload.Known(uint32(0)),
		HostNamespaces: workload.Known(workload.HostPID), Kinds: workload.KindInit,
	}
	tests := []struct {
		door      workload.Door
		version   string
		caps      workload.State
		requested workload.Requests
		kinds     workload.Kinds
		user      workload.State
		podLabels workload.State
	}{
		{workload.DoorNRI, "2.4", workload.StateUnknown, workload.RequestUnconfined, workload.AnyKind &^ workload.KindSandbox, workload.StateKnown, workload.StateKnown},
		{workload.DoorNRI, "2.2.0", workload.StateUnknown, workload.AnyRequest, workload.AnyKind &^ workload.KindSandbox, workload.StateUnknown, workload.StateKnown},
		{workload.DoorRuntime, "1.7", workload.StateKnown, workload.RequestUnconfined | workload.RequestUnset, workload.AnyKind &^ workload.KindSandbox, workload.StateKnown, workload.StateUnknown},
	}
	for _, tt := range tests {
		w := seen(whole, tt.door, policy.Platform{Engine: workload.EngineKubernetes, Software: policy.Containerd, Version: tt.version})
		if w.Capabilities.State() != tt.caps || w.Requested != tt.requested || w.Kinds != tt.kinds || w.User.State() != tt.user || w.PodLabels.State() != tt.podLabels || w.Door != tt.door {
			t.Errorf("%s on %s: %+v", tt.door, tt.version, w)
		}
	}
	if whole.Requested != workload.RequestUnconfined || whole.Capabilities.State() != workload.StateKnown {
		t.Error("the workload itself was changed")
	}
}
