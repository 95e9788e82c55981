package oci_test

import (
	"testing"

	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// TestTable holds the table of what the runtime door sees, by which a policy is checked, against what a bundle with all that its
// engine writes does tell. A field that the table promises and a bundle never tells would refuse every container.
func TestTable(t *testing.T) {
	const whole = `,"io.kubernetes.cri-o.Labels":"{}","annotation":"x"`
	docker := map[policy.Field]bool{policy.FieldContainers: true, policy.FieldImages: true, policy.FieldLabels: true} // from Docker's own files
	for _, test := range []struct {
		on          policy.Platform
		annotations string
		origin      oci.Origin
	}{
		{policy.Platform{Engine: workload.EngineKubernetes, Software: policy.Containerd}, criPod, oci.Origin{Namespace: "k8s.io"}},
		{policy.Platform{Engine: workload.EngineKubernetes, Software: policy.CRIO}, crio, oci.Origin{}},
		{policy.Platform{Engine: workload.EngineContainerd, Software: policy.Containerd}, `"a":"b"`, oci.Origin{Namespace: "default"}},
		{policy.Platform{Engine: workload.EngineNerdctl, Software: policy.Containerd}, nerdctl, oci.Origin{Namespace: "default"}},
		{policy.Platform{Engine: workload.EngineDocker, Software: policy.Docker}, `"a":"b"`, oci.Origin{Namespace: "moby"}},
		{policy.Platform{Engine: workload.EnginePodman, Software: policy.Podman}, podman, oci.Origin{Podman: true}},
	} {
		c, err := oci.Parse("config.json", []byte(`{"mounts":[{"destination":"/sys","type":"sysfs","options":["ro"]}],"annotations":{`+test.annotations+whole+`}}`))
		if err != nil {
			t.Fatal(err)
		}
		w := c.Workload(test.origin)
		for field, state := range map[policy.Field]workload.State{
			policy.FieldEngines: w.Engine.State(), policy.FieldContainerdNamespaces: w.ContainerdNamespace.State(), policy.FieldNamespaces: w.Namespace.State(),
			policy.FieldPods: w.Pod.State(), policy.FieldContainers: w.Container.State(), policy.FieldImages: w.Image.State(), policy.FieldLabels: w.Labels.State(),
			policy.FieldPodLabels: w.PodLabels.State(), policy.FieldAnnotations: w.Annotations.State(), policy.FieldRuntimeHandlers: w.RuntimeHandler.State(),
			policy.FieldLocalhostProfiles: w.LocalhostProfile.State(), policy.FieldPrivileged: w.Privileged.State(), policy.FieldCapabilities: w.Capabilities.State(),
			policy.FieldUsers: w.User.State(), policy.FieldHostNamespaces: w.HostNamespaces.State(),
		} {
			want := map[policy.Sight]workload.State{policy.SightYes: workload.StateKnown, policy.SightNo: workload.StateUnknown, policy.SightAbsent: workload.StateAbsent}
			sight := policy.Sees(field, workload.DoorRuntime, test.on)
			if test.on.Engine == workload.EngineDocker && docker[field] {
				continue
			}
			if expected, whole := want[sight]; !whole || state != expected {
				t.Errorf("%s of %s on %s: the table says %v, and it is %v", field, test.on.Engine, test.on.Software, sight, state)
			}
		}
	}
}
