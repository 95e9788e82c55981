package integration_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// TestEmptyProfileIsNotPrivileged: a Localhost profile in which nothing stands
// is no filter to runc, but who asks for it is not privileged, and so gets what
// the policy gives to a workload without a filter.
func TestEmptyProfileIsNotPrivileged(t *testing.T) {
	t.Parallel()
	n, _, _ := guarded(t, allMeasures(), policyText("enforce", "rules:\n- {name: privileged, match: {privileged: true}, action: keep}\n"+
		"default: {action: fill, profile: {type: Localhost, localhostProfile: marked.json}}\n"))
	pod := runPod(t, n, node.PodSpec{Privileged: true})
	for i, text := range []string{"{}", "null", `{"syscalls": []}`, `{"architectures": ["SCMP_ARCH_X86_64"]}`} {
		path := filepath.Join(n.Dir(), "profiles", fmt.Sprintf("empty-%d.json", i))
		writeFile(t, path, text)
		want(t, "a profile "+text, pod, node.ContainerSpec{Seccomp: node.Localhost(path)}, filtered, "")
		want(t, "privileged, with a profile "+text, pod, node.ContainerSpec{Seccomp: node.Localhost(path), Privileged: true}, unfiltered, "")
	}
}

// TestLegacyAnnotationGetsWhatItAsksFor: where the policy reads the annotations
// that nothing else reads any more, a rule that keeps what pods ask for does
// not leave the pods of those annotations without a filter.
func TestLegacyAnnotationGetsWhatItAsksFor(t *testing.T) {
	t.Parallel()
	const (
		key  = "seccomp.security.alpha.kubernetes.io/pod"
		rest = "rules:\n- {name: own, match: {requested: [RuntimeDefault, Localhost]}, action: keep}\n" + replaceAll
	)
	n, _, _ := guarded(t, allMeasures(), policyText("enforce", "honourLegacyAnnotations: true\n"+rest))
	c, err := runPod(t, n, node.PodSpec{Annotations: map[string]string{key: "runtime/default"}}).Run(t.Context(), node.ContainerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	sameFilter(t, c, referenceFilter(t, rd))
	named := runPod(t, n, node.PodSpec{Annotations: map[string]string{key: "localhost/x.json"}})
	want(t, "a profile by name", named, node.ContainerSpec{}, refused, "undecidable")
	ignored := runPod(t, n, node.PodSpec{Annotations: map[string]string{key: "unconfined"}})
	want(t, "unconfined, which asks for nothing", ignored, node.ContainerSpec{}, filtered, "")
}
