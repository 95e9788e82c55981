package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// TestAsked takes for visible what the runtime door asks containerd for, on containerd alone.
func TestAsked(t *testing.T) {
	platform := policy.Platform{Engine: workload.EngineKubernetes, Software: policy.Containerd}
	for _, test := range []struct {
		engine   workload.Engine
		software string
		field    policy.Field
		door     workload.Door
		off, on  policy.Sight
	}{
		{workload.EngineKubernetes, policy.Containerd, policy.FieldPodLabels, workload.DoorRuntime, policy.SightNo, policy.SightYes},
		{workload.EngineKubernetes, policy.Containerd, policy.FieldLabels, workload.DoorRuntime, policy.SightNo, policy.SightYes},
		{workload.EngineContainerd, policy.Containerd, policy.FieldImages, workload.DoorRuntime, policy.SightNo, policy.SightYes},
		{workload.EngineContainerd, policy.Containerd, policy.FieldPodLabels, workload.DoorRuntime, policy.SightAbsent, policy.SightAbsent},
		{workload.EngineKubernetes, policy.CRIO, policy.FieldPodLabels, workload.DoorRuntime, policy.SightNo, policy.SightNo},
		{workload.EngineDocker, policy.Docker, policy.FieldContainers, workload.DoorRuntime, policy.SightNo, policy.SightYes},
		{workload.EngineDocker, policy.Docker, policy.FieldImages, workload.DoorRuntime, policy.SightNo, policy.SightYes},
		{workload.EngineDocker, policy.Docker, policy.FieldLabels, workload.DoorRuntime, policy.SightNo, policy.SightYes},
		{workload.EngineDocker, policy.Docker, policy.FieldImageDigests, workload.DoorRuntime, policy.SightNo, policy.SightNo},
		{workload.EngineDocker, policy.Docker, policy.FieldNamespaces, workload.DoorRuntime, policy.SightAbsent, policy.SightAbsent},
		{workload.EngineKubernetes, policy.Containerd, policy.FieldCapabilities, workload.DoorNRI, policy.SightNo, policy.SightNo},
	} {
		on := policy.Platform{Engine: test.engine, Software: test.software}
		if got := policy.Sees(test.field, test.door, on); got != test.off {
			t.Errorf("%s at %s on %s: %s", test.field, test.door, on, got)
		}
		on.Asked = true
		if got := policy.Sees(test.field, test.door, on); got != test.on {
			t.Errorf("%s at %s on %s, asked: %s", test.field, test.door, on, got)
		}
	}
	raw, err := policy.ParseSelector("app=raw")
	if err != nil {
		t.Fatal(err)
	}
	p := &policy.Policy{
		Mode: policy.ModeEnforce, Doors: []workload.Door{workload.DoorRuntime},
		Rules: []policy.Rule{{Name: "raw", Match: policy.Match{Namespaces: []string{"prod"}, PodLabels: []policy.Selector{raw}}, Action: policy.ActionKeep}},
	}
	errors := func(n policy.Node) (out []string) {
		n.Now, n.Platforms = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), []policy.Platform{platform}
		for _, f := range p.Check(n) {
			if f.Severity == policy.SeverityError {
				out = append(out, f.Error())
			}
		}
		return out
	}
	if got := errors(policy.Node{AsksContainerd: true}); len(got) > 0 {
		t.Errorf("asked: %q", got)
	}
	if got := errors(policy.Node{}); len(got) != 1 || !strings.Contains(got[0], `rule "raw" cannot be decided: podLabels is not visible`) {
		t.Errorf("not asked: %q", got)
	}
	p.Rules[0].Match = policy.Match{Engines: []workload.Engine{workload.EngineContainerd}, Images: []string{"a/*"}}
	platform.Engine = workload.EngineContainerd
	if got := errors(policy.Node{}); len(got) != 1 || !strings.Contains(got[0], "containerdLookup in its settings lets the door runtime ask") {
		t.Errorf("not asked: %q", got)
	}

	p = &policy.Policy{
		Mode: policy.ModeEnforce, Doors: []workload.Door{workload.DoorRuntime},
		Rules: []policy.Rule{{Name: "web", Match: policy.Match{Engines: []workload.Engine{workload.EngineDocker}, Containers: []string{"web-*"}}, Action: policy.ActionKeep}},
	}
	platform = policy.Platform{Engine: workload.EngineDocker, Software: policy.Docker}
	if got := errors(policy.Node{LooksUpDocker: true}); len(got) > 0 {
		t.Errorf("looked up: %q", got)
	}
	if got := errors(policy.Node{AsksContainerd: true}); len(got) != 1 || !strings.Contains(got[0], `rule "web" cannot be decided: containers is not visible`) || !strings.Contains(got[0], "dockerRoot") {
		t.Errorf("not looked up: %q", got)
	}
}
