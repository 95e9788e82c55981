package integration_test

import (
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// policyNode is a node under a policy that comes with seccompd, as it is or
// with a line changed.
func policyNode(t *testing.T, name string, change ...string) (*node.Node, *node.Daemon) {
	t.Helper()
	text, err := os.ReadFile("../config/policies/" + name)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(change...).Replace(string(text))
	if len(change) > 0 && changed == string(text) {
		t.Fatalf("%s does not say %q", name, change[0])
	}
	o := allMeasures()
	o.Network = true
	n := newNode(t, o)
	src := newSource(t, n, changed)
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n, d
}

// TestSamplePolicies holds each policy that comes with seccompd to what its
// comments say, in containers.
func TestSamplePolicies(t *testing.T) {
	t.Parallel()
	type expectation struct {
		pod  node.PodSpec
		spec node.ContainerSpec
		want kind // "refused: RULE REASON" for one that is not created
		// logs: in audit, its filter logs what enforcing would deny.
		logs bool
	}
	pod := func(namespace string) node.PodSpec { return node.PodSpec{Namespace: namespace, OwnNetwork: true} }
	privileged := func(namespace string) node.PodSpec {
		return node.PodSpec{Namespace: namespace, Privileged: true, OwnNetwork: true}
	}
	hostPID := func(namespace string) node.PodSpec {
		return node.PodSpec{Namespace: namespace, HostPID: true, OwnNetwork: true}
	}
	unset := node.ContainerSpec{}
	unconfined := node.ContainerSpec{Seccomp: node.Unconfined}
	byDefault := node.ContainerSpec{Seccomp: node.RuntimeDefault}
	root := node.ContainerSpec{Privileged: true}
	localhost := node.ContainerSpec{Seccomp: node.Localhost("l.json")} // made absolute below
	for _, policy := range []struct {
		name, file string
		change     []string
		want       []expectation
	}{
		{"baseline as shipped", "baseline.yaml", nil, []expectation{
			{pod: pod("a"), spec: unset, want: none, logs: true},
			{pod: pod("a"), spec: unconfined, want: none},
			{pod: pod("a"), spec: byDefault, want: rd},
			{pod: pod("a"), spec: localhost, want: local},
			{pod: privileged("a"), spec: root, want: none},
			{pod: pod("kube-system"), spec: unset, want: none},
		}},
		{"baseline enforced", "baseline.yaml", []string{"mode: audit", "mode: enforce"}, []expectation{
			{pod: pod("a"), spec: unset, want: rd},
			{pod: pod("a"), spec: unconfined, want: none},
			{pod: pod("a"), spec: byDefault, want: rd},
			{pod: pod("a"), spec: localhost, want: local},
			{pod: privileged("a"), spec: root, want: none},
			{pod: pod("kube-system"), spec: unset, want: none},
			{pod: privileged("kube-system"), spec: root, want: none},
			{pod: pod("kube-system"), spec: byDefault, want: rd},
		}},
		{"restricted", "restricted.yaml", nil, []expectation{
			{pod: pod("a"), spec: unset, want: rd},
			{pod: pod("a"), spec: byDefault, want: rd},
			{pod: pod("a"), spec: unconfined, want: "refused: no-unconfined rule"},
			{pod: privileged("a"), spec: root, want: "refused: no-privileged rule"},
			{pod: pod("a"), spec: localhost, want: local},
			{pod: pod("kube-system"), spec: unset, want: none},
			{pod: privileged("kube-system"), spec: root, want: none},
			{pod: pod("kube-system"), spec: unconfined, want: none},
			{pod: privileged("node-agents"), spec: root, want: none},
			{pod: privileged("storage-system"), spec: root, want: none},
			{pod: pod("node-agents"), spec: unset, want: rd},
		}},
		{"edge", "edge.yaml", nil, []expectation{
			{pod: pod("a"), spec: unset, want: "RD less"},
			{pod: pod("a"), spec: byDefault, want: "RD less"},
			{pod: privileged("a"), spec: root, want: "refused: no-privileged rule"},
			{pod: hostPID("a"), spec: unset, want: "refused: no-host-namespaces rule"},
			{pod: node.PodSpec{Namespace: "a"}, spec: byDefault, want: "refused: no-host-namespaces rule"}, // the host's network
			{pod: pod("a"), spec: unconfined, want: "refused: no-profile-of-its-own rule"},
			{pod: pod("a"), spec: localhost, want: "refused: no-profile-of-its-own rule"},
			{pod: pod("kube-system"), spec: unset, want: none},
			{pod: privileged("kube-system"), spec: root, want: none},
		}},
		{"bare-containerd", "bare-containerd.yaml", nil, []expectation{
			{pod: pod("a"), spec: unset, want: rd}, {pod: pod("a"), spec: byDefault, want: rd}, {pod: privileged("a"), spec: root, want: none},
		}},
	} {
		t.Run(policy.name, func(t *testing.T) {
			t.Parallel()
			n, d := policyNode(t, policy.file, policy.change...)
			path, err := n.WriteProfile("l.json", *referenceFilter(t, local))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range policy.want {
				if e.spec.Seccomp == localhost.Seccomp {
					e.spec.Seccomp = node.Localhost(path)
				}
				when := e.pod.Namespace + ", " + e.spec.Seccomp.String()
				if e.spec.Privileged {
					when += ", privileged"
				}
				c, err := runPod(t, n, e.pod).Run(t.Context(), e.spec)
				if why, ok := e.want.reason(); ok {
					rule, reason, _ := strings.Cut(why, " ")
					checkRefusal(t, d, err, rule, reason)
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", when, err)
					continue
				}
				checkKernel(t, c, e.want != none || e.logs)
				answers, err := c.Probe(t.Context(), words(t)...)
				if err != nil {
					t.Fatal(err)
				}
				if e.want == "RD less" {
					sameAnswers(t, when, answers, lessOfTheDefault(t))
					continue
				}
				if !e.logs {
					sameFilter(t, c, referenceFilter(t, e.want))
				}
				sameAnswers(t, when, answers, referenceAnswers(t, e.want, e.spec.Privileged))
			}
		})
	}
}

// lessOfTheDefault are the answers under the runtime default without what the
// edge policy takes out of it.
func lessOfTheDefault(t *testing.T) node.Answers {
	t.Helper()
	f := *referenceFilter(t, rd)
	gone := []string{"io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "keyctl", "add_key", "request_key"}
	enosys := uint(unix.ENOSYS) // programs do without io_uring where it is not there
	f.Syscalls = append([]specs.LinuxSyscall(nil), f.Syscalls...)
	for i, rule := range f.Syscalls {
		var names []string
		for _, name := range rule.Names {
			if !strings.Contains(" "+strings.Join(gone, " ")+" ", " "+name+" ") {
				names = append(names, name)
			}
		}
		f.Syscalls[i].Names = names
	}
	f.Syscalls = append(f.Syscalls, specs.LinuxSyscall{Names: gone[:3], Action: specs.ActErrno, ErrnoRet: &enosys})
	n := sharedNode(t)
	path, err := n.WriteProfile("less.json", f)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := runPod(t, n, node.PodSpec{}).Probe(t.Context(), node.ContainerSpec{Seccomp: node.Localhost(path)}, words(t)...)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}
