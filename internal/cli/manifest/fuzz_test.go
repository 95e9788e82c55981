package manifest_test

import (
	"testing"

	"github.com/seccompd/seccompd/internal/cli/manifest"
	"github.com/seccompd/seccompd/pkg/workload"
)

// What is read is a workload that doors may hand on: everything that must not be empty is not.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"kind: Pod\nmetadata: {name: a, namespace: b, labels: {x: y}}\nspec: {hostPID: true, containers: [{name: c, image: d, securityContext: {privileged: true}}]}\n",
		"kind: Pod\nmetadata: {generateName: a-}\nspec: {securityContext: {runAsUser: 1, seccompProfile: {type: Localhost, localhostProfile: p}}, initContainers: [{name: c, securityContext: {capabilities: {add: [ALL], drop: [all, CHOWN]}}}]}\n",
		"kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a}]}}}}}\n---\nkind: List\nitems: [{kind: Deployment, spec: {template: {}}}]\n",
		"{\"kind\": \"Service\"}", "kind: 1", "- 1", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := manifest.Parse("f", data)
		if err != nil {
			return
		}
		for _, c := range list {
			w := c.Workload
			if !w.Requested.Known() || w.Kinds == 0 || w.Capabilities.State() != workload.StateKnown || w.Privileged.State() != workload.StateKnown || w.Namespace.Or("") == "" {
				t.Errorf("%s: %+v", c.Object, w)
			}
		}
	})
}
