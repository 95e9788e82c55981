package cli

import (
	"testing"

	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/workload"
)

// TestNarrowSaysWhomItMatches: a suggestion that is for several containers says so.
func TestNarrowSaysWhomItMatches(t *testing.T) {
	pod := func(pod, name string) denial.Container {
		return denial.Container{Engine: workload.EngineKubernetes, Namespace: "prod", Pod: pod, Name: name, Image: "i"}
	}
	for _, c := range []struct {
		container  denial.Container
		match, who string
	}{
		{pod("web-0", "app"), `namespaces: ["prod"], pods: ["web-0"], containers: ["app"]`, "the container prod/web-0/app"},
		{pod("", "app"), `namespaces: ["prod"], containers: ["app"]`, "the container app of every pod of namespace prod"},
		{pod("web-0", ""), `namespaces: ["prod"], pods: ["web-0"]`, "every container of the pod prod/web-0"},
		{pod("", ""), `namespaces: ["prod"]`, "every container of namespace prod"},
		{denial.Container{Engine: workload.EngineDocker, Name: "web", Image: "i"}, `engines: ["docker"], images: ["i"]`, "every container of docker from the image i"},
		{denial.Container{Engine: workload.EngineDocker, Image: "i*"}, "", ""},
		{denial.Container{Engine: workload.EngineDocker, Name: "web"}, "", ""},
	} {
		match, who, ok := narrow(c.container)
		if ok != (c.match != "") || ok && (match != c.match || who != c.who) {
			t.Errorf("%+v: {%s}: %s, %v; want {%s}: %s", c.container, match, who, ok, c.match, c.who)
		}
	}
}
