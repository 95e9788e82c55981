package integration_test

import (
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/audit"
)

// under holds new containers to a kind, by the answers of their first process.
func under(t *testing.T, when string, pod *node.Pod, spec node.ContainerSpec, k kind) {
	t.Helper()
	answers, err := pod.Probe(t.Context(), spec, words(t)...)
	if err != nil {
		t.Errorf("%s: %v", when, err)
		return
	}
	sameAnswers(t, when, answers, referenceAnswers(t, k, false))
}

// joins holds what is executed in a running container to a kind.
func joins(t *testing.T, when string, c *node.Container, k kind) {
	t.Helper()
	answers, err := c.Probe(t.Context(), words(t)...)
	if err != nil {
		t.Errorf("%s: %v", when, err)
		return
	}
	sameAnswers(t, when, answers, referenceAnswers(t, k, false))
}

// TestTruthInAPod follows a pod through its life: init containers one after
// another, then several containers with different rules at once, exec in them,
// and restarts under the policy of that time.
func TestTruthInAPod(t *testing.T) {
	t.Parallel()
	policy := policyText("enforce", "rules:\n"+
		"- {name: sidecars, match: {namespaces: [team], containers: [sidecar]}, action: keep}\n"+
		"- {name: inits, match: {namespaces: [team], containers: [\"init-*\"]}, action: fill, profile: {type: RuntimeDefault}}\n"+
		"- {name: team, match: {namespaces: [team]}, action: replace"+profileP+"}\n")
	n, d := truthNode(t, policy)
	pod := runPod(t, n, node.PodSpec{Namespace: "team"})
	under(t, "first init container", pod, node.ContainerSpec{Name: "init-1"}, rd)
	under(t, "second init container", pod, node.ContainerSpec{Name: "init-2", Seccomp: node.RuntimeDefault}, rd)

	run := func(spec node.ContainerSpec) *node.Container {
		t.Helper()
		c, err := pod.Run(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	main := run(node.ContainerSpec{Name: "main", Seccomp: node.Unconfined})
	sidecar := run(node.ContainerSpec{Name: "sidecar", Seccomp: node.Unconfined})
	other := run(node.ContainerSpec{Name: "other", Seccomp: node.RuntimeDefault})
	for when, c := range map[string]*node.Container{"exec in main": main, "exec in the second of the same rule": other} {
		joins(t, when, c, policyP)
	}
	joins(t, "exec in the sidecar", sidecar, none)

	// A restart is a new container of the same name.
	if err := main.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	under(t, "restarted", pod, node.ContainerSpec{Name: "main", Seccomp: node.Unconfined, Attempt: 1}, policyP)
	joins(t, "exec in the sidecar of a restarted container", sidecar, none)

	// Another policy is for who is created from then on.
	if err := replaceFile(d.Options.Policy, policyText("enforce", "default: {action: fill"+profileRD+"}\n")); err != nil {
		t.Fatal(err)
	}
	waitForPolicy(t, d, recordOf(t, d, other.ID).Snapshot)
	under(t, "restarted under another policy", pod, node.ContainerSpec{Name: "main", Attempt: 2}, rd)
	joins(t, "exec in a container older than the policy", other, policyP)
	if err := d.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	joins(t, "exec after a restart of seccompd", other, policyP)
	under(t, "restarted after a restart of seccompd", pod, node.ContainerSpec{Name: "main", Attempt: 3}, rd)
}

// inForce is the snapshot by which a daemon decides, once it has said so.
func inForce(t *testing.T, d *node.Daemon) (digest string) {
	t.Helper()
	waitFor(t, "the daemon says by what it decides", func() bool {
		s, err := audit.ReadStatus(d.Options.RunDir)
		digest = s.InForce.Digest
		return err == nil && digest != ""
	})
	return digest
}

// waitForPolicy waits until another snapshot than the one named decides.
func waitForPolicy(t *testing.T, d *node.Daemon, old string) {
	t.Helper()
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if s, err := audit.ReadStatus(d.Options.RunDir); err == nil && s.InForce.Digest != "" && s.InForce.Digest != old {
			return
		}
	}
	t.Fatalf("%s is still in force after %v", old, settle)
}

// TestKeptRuntimeDefault holds what is left of a container's own RuntimeDefault
// to what containerd computes for it without us, whatever its capabilities are.
func TestKeptRuntimeDefault(t *testing.T) {
	t.Parallel()
	n, _ := truthNode(t, policyText("enforce", rules([]row{keepRow, fillPRow, {name: "replace-rd", action: "replace" + profileRD}}, "")))
	var pods []*node.Pod
	for _, namespace := range []string{"keep", "fill-p", "replace-rd"} {
		pods = append(pods, runPod(t, n, node.PodSpec{Namespace: namespace}))
	}
	bare := runPod(t, sharedNode(t), node.PodSpec{})
	for name, spec := range map[string]node.ContainerSpec{
		"none":       {DropCapabilities: []string{"ALL"}},
		"SYS_ADMIN":  {AddCapabilities: []string{"SYS_ADMIN"}},
		"all":        {AddCapabilities: []string{"ALL"}},
		"noNewPrivs": {NoNewPrivs: true, User: 1000},
	} {
		spec.Seccomp = node.RuntimeDefault
		want := defaultOfContainerd(t, spec)
		answers, err := bare.Probe(t.Context(), spec, words(t)...)
		if err != nil {
			t.Fatal(err)
		}
		for _, pod := range pods {
			c, err := pod.Run(t.Context(), spec)
			if err != nil {
				t.Errorf("%s, %s: %v", name, pod.Namespace(), err)
				continue
			}
			sameFilter(t, c, want)
			got, err := c.Probe(t.Context(), words(t)...)
			if err != nil {
				t.Errorf("%s, %s: %v", name, pod.Namespace(), err)
				continue
			}
			sameAnswers(t, name+", "+pod.Namespace(), got, answers)
		}
	}
}

// TestTrimmedArchitectures: an ABI that the kernel does not run answered ENOSYS
// and is left out, which kills the caller; that is the one thing that differs.
func TestTrimmedArchitectures(t *testing.T) {
	t.Parallel()
	without := notRun(t)
	if len(without) == 0 {
		t.Log("this kernel runs every ABI that containerd lists")
	}
	entry := map[specs.Arch]string{specs.ArchX86: "32:20", specs.ArchX32: "x32:39"}
	n, _ := truthNode(t, policyText("enforce", "rules:\n"+
		"- {name: trimmed, match: {namespaces: [trimmed]}, action: replace"+profileP+"}\n"))
	pod := runPod(t, n, node.PodSpec{Namespace: "trimmed"})
	for _, abi := range without {
		bare, err := runPod(t, sharedNode(t), node.PodSpec{}).Probe(t.Context(), node.ContainerSpec{Seccomp: node.RuntimeDefault}, entry[abi])
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, "without us", bare, map[string]string{entry[abi]: "ENOSYS"})
		trimmed, err := pod.Probe(t.Context(), node.ContainerSpec{}, entry[abi])
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, "trimmed", trimmed, map[string]string{entry[abi]: "killed SIGSYS"})
	}
}
