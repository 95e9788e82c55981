package integration_test

import (
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// TestOtherPluginSetsSeccomp has a second plugin that sets a filter of its own,
// before ours and after, where the policy gives a filter and where it keeps the
// container's: the container is refused. In the controls nobody, or an auditing
// policy, looks, and the other plugin's filter is what the container has.
func TestOtherPluginSetsSeccomp(t *testing.T) {
	open := specs.LinuxSeccomp{DefaultAction: specs.ActAllow}
	empty := specs.LinuxSeccomp{}
	for name, c := range map[string]struct {
		mode, policy, index string
		filter              *specs.LinuxSeccomp
		want                verdict
		reason              string
	}{
		"replace, after us":          {"enforce", replaceAll, "20", &open, refused, "plugin 20-conflictor changes the filter"}, // its own is the policy's
		"replace, before us":         {"enforce", replaceAll, "05", &open, refused, "both tried to set SeccompPolicy"},
		"replace, empty":             {"enforce", replaceAll, "20", &empty, refused, "plugin 20-conflictor changes the filter"},
		"keep, after us":             {"enforce", keepAll, "20", &open, refused, "plugin 20-conflictor changes the filter, which the policy leaves as it is"},
		"keep, before us":            {"enforce", keepAll, "05", &open, refused, "which the policy leaves as it is"},
		"keep, empty, which is none": {"enforce", keepAll, "20", &empty, refused, "which the policy leaves as it is"},
		"control: audit, open":       {"audit", keepAll, "20", &open, unfiltered, ""},
		"control: audit, empty":      {"audit", replaceAll, "20", &empty, unfiltered, ""},
		"control: no seccompd":       {"", "", "20", &empty, unfiltered, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n *node.Node
			if c.mode == "" {
				n = newNode(t, node.Options{})
			} else {
				n, _, _ = guarded(t, allMeasures(), policyText(c.mode, c.policy))
			}
			startOther(t, n, node.PluginOptions{Index: c.index, Seccomp: c.filter, Only: "victim"})
			pod := runPod(t, n, node.PodSpec{})
			// A filter that the container asked for, and would lose.
			localhost, err := n.WriteProfile("own.json", marked(unix.EACCES))
			if err != nil {
				t.Fatal(err)
			}
			spec := node.ContainerSpec{Seccomp: node.Localhost(localhost)}
			want(t, "not touched by the other plugin", pod, spec, filtered, "")
			spec.Name = "victim"
			if c.policy == replaceAll && c.mode == "audit" {
				// Ours logs, and NRI refuses a container for which two plugins set a filter: once, until a client tries again.
				logged := node.ContainerSpec{Name: "victim", Seccomp: node.Unconfined}
				if _, err := pod.Create(t.Context(), logged); err == nil || !strings.Contains(err.Error(), "tried to set") {
					t.Errorf("a first attempt: %v, want NRI's conflict", err)
				}
				spec = logged
			}
			want(t, "touched by it", pod, spec, c.want, c.reason)
		})
	}
}

// TestOtherPluginTouchesOtherThings: a second plugin that leaves seccomp alone
// is none of our business.
func TestOtherPluginTouchesOtherThings(t *testing.T) {
	n, _, _ := guarded(t, allMeasures(), policyText("enforce", replaceAll))
	startOther(t, n, node.PluginOptions{Annotations: map[string]string{"example.com/team": "a"}, Validate: true})
	want(t, "an annotation", runPod(t, n, node.PodSpec{}), node.ContainerSpec{}, filtered, "")
}

// TestCrunAnnotations: by an annotation crun takes another filter than that of
// config.json, or a listener for it. A second plugin can set one, and so can
// the author of a pod where containerd passes annotations on. Each is refused;
// in the controls, without us and in audit, it reaches config.json.
func TestCrunAnnotations(t *testing.T) {
	const pass = "run.oci.*"
	for _, key := range []string{"run.oci.seccomp_bpf_data", "run.oci.seccomp.receiver", "run.oci.seccomp.plugins"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			set := map[string]string{key: "AAAA"}
			for mode, policy := range map[string]string{"enforce": replaceAll, "enforce ": keepAll, "audit": replaceAll, "": ""} {
				o := allMeasures()
				if mode == "" {
					o = node.Options{}
				}
				o.PassAnnotations = []string{pass}
				var n *node.Node
				if mode == "" {
					n = newNode(t, o)
				} else {
					n, _, _ = guarded(t, o, policyText(mode, policy))
				}
				check := func(who string, pod *node.Pod, spec node.ContainerSpec) {
					t.Helper()
					if mode == "enforce" || mode == "enforce " {
						want(t, who+" sets it", pod, spec, refused, key)
						return
					}
					c, err := pod.Run(t.Context(), spec)
					if err != nil {
						t.Errorf("control: %q, %s sets it: %v", mode, who, err)
						return
					}
					installed, err := c.Spec()
					if err != nil {
						t.Fatal(err)
					}
					if installed.Annotations[key] != set[key] {
						t.Errorf("control: %q, %s sets it: config.json has %q", mode, who, installed.Annotations)
					}
				}
				pod := runPod(t, n, node.PodSpec{})
				check("the pod", runPod(t, n, node.PodSpec{Annotations: set}), node.ContainerSpec{})
				check("the container", pod, node.ContainerSpec{Annotations: set})
				startOther(t, n, node.PluginOptions{Annotations: set})
				check("a plugin", pod, node.ContainerSpec{})
			}
		})
	}
}
