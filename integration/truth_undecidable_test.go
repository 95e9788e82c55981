package integration_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// undecidables are the ways in which containerd 2.4 leaves NRI without an
// answer, each as a rule for the namespace of its name and a container on which
// it cannot be decided. (What only older versions and other engines leave open,
// a request and an image's digest, is in the tests of pkg/nri.)
var undecidables = []struct {
	name, match, field string
	pod                node.PodSpec
	spec               func(t *testing.T, n *node.Node) node.ContainerSpec
}{
	{name: "attribute", match: "capabilities: {anyOf: [SYS_ADMIN]}", field: "capabilities"},
	{name: "kind", match: "containerKinds: [init, sandbox]", field: "containerKinds"},
	{name: "except", match: "except: {capabilities: {noneOf: [SYS_ADMIN]}}", field: "except.capabilities"},
	{
		// Engines tell by their mount of /sys, and this one is the pod's own.
		name: "hidden", match: "privileged: true", field: "privileged",
		spec: func(t *testing.T, n *node.Node) node.ContainerSpec {
			return node.ContainerSpec{Mounts: []node.Mount{{Host: "/sys", Container: "/sys"}}}
		},
	},
}

// undecidablePolicy has the rules of undecidables, and for each a namespace
// where one false member settles it, and one where it is in audit.
func undecidablePolicy(onError string) string {
	var text strings.Builder
	// Another door knows capabilities and pause containers; a policy for this
	// one alone would not be applied. That door is not on this node.
	text.WriteString("apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\ndoors: [nri, runtime]\nonError: " + onError + "\nrules:\n")
	for _, u := range undecidables {
		fmt.Fprintf(&text, "- {name: %[1]s, match: {namespaces: [%[1]s], %[2]s}, action: keep}\n", u.name, u.match)
		fmt.Fprintf(&text, "- {name: settled-%[1]s, match: {namespaces: [settled-%[1]s], pods: [other], %[2]s}, action: keep}\n", u.name, u.match)
	}
	text.WriteString("default: {action: replace" + profileP + "}\n")
	return text.String()
}

// TestUndecidable: a rule that cannot be decided refuses the container, or
// gives it the runtime default, as onError says. It never goes on to the next.
func TestUndecidable(t *testing.T) {
	t.Parallel()
	for _, onError := range []string{"refuse", "RuntimeDefault"} {
		t.Run(onError, func(t *testing.T) {
			t.Parallel()
			n, d := truthNode(t, undecidablePolicy(onError))
			for _, u := range undecidables {
				t.Run(u.name, func(t *testing.T) {
					var spec node.ContainerSpec
					if u.spec != nil {
						spec = u.spec(t, n)
					}
					settled, err := runPod(t, n, node.PodSpec{Namespace: "settled-" + u.name}).Run(t.Context(), spec)
					if err != nil {
						t.Fatal("with a false member:", err)
					}
					sameFilter(t, settled, referenceFilter(t, policyP))

					pod := runPod(t, n, node.PodSpec{Namespace: u.name})
					if onError == "refuse" {
						for _, request := range []node.Request{node.Unset, node.RuntimeDefault, node.Unconfined} {
							spec.Seccomp = request
							if u.name == "hidden" && request == node.RuntimeDefault {
								continue // who got it is not privileged
							}
							c, err := pod.Create(t.Context(), spec)
							if err != nil {
								t.Fatal(err)
							}
							checkLeft(t, d, c, u.name, u.field)
						}
						return
					}
					for request, k := range map[node.Request]kind{node.Unset: rdNoCaps, node.RuntimeDefault: rd, node.Unconfined: rdNoCaps} {
						if u.name == "hidden" && request == node.RuntimeDefault {
							continue
						}
						spec.Seccomp = request
						c, err := pod.Run(t.Context(), spec)
						if err != nil {
							t.Errorf("%v: %v", request, err)
							continue
						}
						sameFilter(t, c, referenceFilter(t, k))
						joins(t, request.String(), c, k)
						if r := recordOf(t, d, c.ID); !strings.Contains(strings.Join(r.Notes, "\n"), u.field) {
							t.Errorf("%v: the notes %q do not name %s", request, r.Notes, u.field)
						}
					}
					// A filter of its own is met with the default.
					path, err := n.WriteProfile("l.json", *referenceFilter(t, local))
					if err != nil {
						t.Fatal(err)
					}
					spec.Seccomp = node.Localhost(path)
					if u.name != "hidden" {
						answers, err := pod.Probe(t.Context(), spec, "chmod", "unshare", "clone3", "mkdir")
						if err != nil {
							t.Fatal(err)
						}
						checkAnswers(t, "Localhost", answers, map[string]string{"chmod": "EPERM", "unshare": "EPERM", "clone3": "ENOSYS", "mkdir": "EFAULT"})
					}
				})
			}
		})
	}
}

// checkLeft holds a container that was left to the door runtime, which is not
// there, to start nothing, and its record to name the rule and the field.
func checkLeft(t *testing.T, d *node.Daemon, c *node.Container, rule, field string) {
	t.Helper()
	if err := c.Start(t.Context()); err == nil {
		if code, err := c.Wait(t.Context()); err == nil && code == 0 {
			t.Error("the container ran, and no door decided on it")
		}
	}
	if text, err := c.Logs(); err == nil && text != "" {
		t.Errorf("the container said %q", text)
	}
	r := recordOf(t, d, c.ID)
	if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "left to the runtime door") || !strings.Contains(notes, fmt.Sprintf("%q", rule)) || !strings.Contains(notes, field) {
		t.Errorf("the notes %q do not name rule %s and %s", notes, rule, field)
	}
	if text := explain(t, d, r.ID); !strings.Contains(text, rule) || !strings.Contains(text, field) {
		t.Errorf("seccompctl explain %s does not name rule %s and %s:\n%s", r.ID, rule, field, text)
	}
}

// TestUndecidableProfile: the runtime default depends on capabilities. Where
// they are not known it replaces nothing that a container asked for.
func TestUndecidableProfile(t *testing.T) {
	t.Parallel()
	n, d := truthNode(t, policyText("enforce", "default: {action: replace"+profileRD+"}\n"))
	wants := map[string]kind{"RuntimeDefault": rd, "unset": rd}
	for _, column := range columns(t, n) {
		pod := runPod(t, n, column.pod)
		if k, ok := wants[column.name]; ok {
			c, err := pod.Run(t.Context(), column.spec)
			if err != nil {
				t.Fatal(err)
			}
			sameFilter(t, c, referenceFilter(t, k))
			continue
		}
		_, err := pod.Create(t.Context(), column.spec)
		r := checkRefusal(t, d, err, "default", "undecidable")
		if !strings.Contains(r.Message, "capabilities") {
			t.Errorf("%s: refused with %q, want the capabilities named", column.name, r.Message)
		}
	}
}

// TestPolicyThatNoDoorDecides is not put in force, and says which rule.
func TestPolicyThatNoDoorDecides(t *testing.T) {
	t.Parallel()
	n, d := truthNode(t, policyText("enforce", "default: {action: replace"+profileP+"}\n"))
	old := recordOf(t, d, runOne(t, n)).Snapshot
	writeFile(t, d.Options.Policy, policyText("enforce", "rules:\n- {name: admins, match: {capabilities: {anyOf: [SYS_ADMIN]}}, action: keep}\n"))
	cmd, err := d.Ctl(t.Context(), "apply")
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("seccompctl apply took a rule that its doors cannot decide:\n%s", out)
	}
	for _, word := range []string{"policy.yaml:7:", "admins", "capabilities", "nri"} {
		if !strings.Contains(string(out), word) {
			t.Errorf("seccompctl apply does not say %q:\n%s", word, out)
		}
	}
	if now := recordOf(t, d, runOne(t, n)).Snapshot; now != old {
		t.Errorf("snapshot %s decides, want %s as before", now, old)
	}
}

// runOne runs a container that asks for nothing and returns its id.
func runOne(t *testing.T, n *node.Node) string {
	t.Helper()
	c, err := runPod(t, n, node.PodSpec{}).Run(t.Context(), node.ContainerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}
