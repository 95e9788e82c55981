package integration_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
)

// An agent is a container that a node cannot do without: what a static pod or
// a daemon set of a network, storage or monitoring system runs.
type agent struct {
	name string
	pod  node.PodSpec
	spec node.ContainerSpec
	// does is what it is there for, as a shell script; its output is compared.
	does string
}

func agents(shared string) []agent {
	system := node.PodSpec{Namespace: "kube-system"}
	return []agent{
		{name: "api-server", pod: system, spec: node.ContainerSpec{Seccomp: node.RuntimeDefault}, does: "ls /"},
		{name: "scheduler, no request", pod: system, does: "mkdir /tmp/a && chmod 700 /tmp/a && ls -d /tmp/a"},
		{
			name: "proxy, privileged", pod: node.PodSpec{Namespace: "kube-system", Privileged: true},
			spec: node.ContainerSpec{Privileged: true, Seccomp: node.RuntimeDefault}, does: "unshare -n true && echo unshared",
		},
		{
			name: "storage driver", pod: node.PodSpec{Namespace: "storage", Privileged: true},
			spec: node.ContainerSpec{Privileged: true, Mounts: []node.Mount{{Host: shared, Container: "/host", Bidirectional: true}}},
			does: "mkdir -p /host/volume && mount -t tmpfs none /host/volume && touch /host/volume/file && ls /host/volume",
		},
		{
			name: "network agent with bpf", pod: system,
			spec: node.ContainerSpec{AddCapabilities: []string{"BPF", "PERFMON", "NET_ADMIN", "SYS_ADMIN"}}, does: "unshare -m true && echo unshared",
		},
		{
			name: "monitor with bpf, RuntimeDefault", pod: node.PodSpec{Namespace: "monitoring"},
			spec: node.ContainerSpec{Seccomp: node.RuntimeDefault, AddCapabilities: []string{"BPF", "PERFMON"}}, does: "id",
		},
		{
			name: "monitor, Unconfined", pod: node.PodSpec{Namespace: "monitoring", HostPID: true},
			spec: node.ContainerSpec{Seccomp: node.Unconfined, AddCapabilities: []string{"SYS_PTRACE"}}, does: "id",
		},
		{
			name: "setns, RuntimeDefault", pod: node.PodSpec{Namespace: "monitoring", HostPID: true},
			spec: node.ContainerSpec{Seccomp: node.RuntimeDefault, AddCapabilities: []string{"SYS_ADMIN", "SYS_PTRACE"}},
			does: "/bin/busybox nsenter -u/proc/self/ns/uts true && echo entered",
		},
	}
}

// agentWords are the calls that are compared: those which such agents need, and
// those which filters usually deny.
var agentWords = []string{
	"mkdir", "chmod", "unshare", "unshare-newns", "setns", "clone-newuser", "clone3", "mount", "umount2", "pivot_root",
	"ptrace", "process_vm_readv", "kexec_load", "init_module", "finit_module", "bpf", "keyctl", "unknown", "32:20",
}

// TestNoBrickedNode starts a node from cold, containerd and the daemon both from
// nothing, with the shipped policy in audit and after "seccompctl enforce", as
// it is and with what may be broken on a bad day. Every agent starts and does
// and may do what it did without us.
func TestNoBrickedNode(t *testing.T) {
	plain := newNode(t, node.Options{})
	powerCut(t, plain)
	if err := plain.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	without := runAgents(t, plain)

	for _, mode := range []string{"audit", "enforce"} {
		for name, damage := range map[string]func(*testing.T, *node.Node, *node.Daemon){
			"sound":          func(*testing.T, *node.Node, *node.Daemon) {},
			"policy invalid": func(t *testing.T, _ *node.Node, d *node.Daemon) { writeFile(t, d.Options.Policy, "mode: enfroce\n") },
			"policy gone": func(t *testing.T, _ *node.Node, d *node.Daemon) {
				if err := os.Remove(d.Options.Policy); err != nil {
					t.Fatal(err)
				}
			},
			"log full": func(t *testing.T, n *node.Node, _ *node.Daemon) { fullLog(t, n) },
		} {
			t.Run(mode+", "+name, func(t *testing.T) {
				t.Parallel()
				n, d := shipped(t, mode)
				powerCut(t, n)
				damage(t, n, d)
				if err := d.Launch(); err != nil { // before containerd, which it must wait for
					t.Fatal(err)
				}
				if err := n.Boot(t.Context()); err != nil {
					t.Fatal(err)
				}
				for who, got := range runAgents(t, n) {
					if got != without[who] {
						t.Errorf("%s: with us\n%s\nwithout\n%s", who, got, without[who])
					}
				}
				checkInForce(t, n, d, mode)
			})
		}
	}
}

// shipped is a node with the policy that is installed, on which the agents have
// run once, and which enforces it if asked.
func shipped(t *testing.T, mode string) (*node.Node, *node.Daemon) {
	t.Helper()
	n := newNode(t, node.Options{})
	policy, err := os.ReadFile("../config/policies/baseline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	src := newSource(t, n, string(policy))
	logs := filepath.Join(n.Dir(), "log")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	d := n.Daemon(node.DaemonOptions{Policy: src.policy, Profiles: []string{src.profiles}, Decisions: filepath.Join(logs, "decisions.jsonl")})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if mode == "audit" {
		return n, d
	}
	if _, err := runPod(t, n, node.PodSpec{}).Run(t.Context(), node.ContainerSpec{}); err != nil {
		t.Fatal(err) // something for the audit's report
	}
	containerd, err := node.Binary("containerd")
	if err != nil {
		t.Fatal(err)
	}
	ctl, err := d.Ctl(t.Context(), "enforce", "--decisions", d.Options.Decisions,
		"--containerd", containerd, "--containerd-config", n.ConfigFile(), "--containerd-drop-ins", n.DropInDir())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := ctl.CombinedOutput(); err != nil {
		t.Fatalf("seccompctl enforce: %v\n%s", err, out)
	}
	return n, d
}

func powerCut(t *testing.T, n *node.Node) {
	t.Helper()
	if err := n.PowerOff(); err != nil {
		t.Fatal(err)
	}
}

// fullLog puts a full filesystem where the daemon writes its decisions.
func fullLog(t *testing.T, n *node.Node) {
	t.Helper()
	dir := filepath.Join(n.Dir(), "log")
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	err := os.WriteFile(filepath.Join(dir, "fill"), bytes.Repeat([]byte{0}, 128<<10), 0o600)
	if err == nil {
		t.Fatal("control: the log's filesystem is not full")
	}
}

// runAgents does what a kubelet does after a boot, and returns what each agent
// does and may do.
func runAgents(t *testing.T, n *node.Node) map[string]string {
	t.Helper()
	shared, err := n.SharedDir("kubelet")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, a := range agents(shared) {
		c := kubelet(t, n, a)
		out, err := c.Exec(t.Context(), "sh", "-c", a.does)
		if err != nil {
			t.Errorf("%s: %v", a.name, err)
		}
		kernel, err := c.Kernel(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answers, err := c.Probe(t.Context(), agentWords...)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("does: %sSeccomp: %d, CapEff: %x\n", out, kernel.Mode, kernel.Capabilities)
		for _, word := range agentWords {
			text += fmt.Sprintf("%s: %s\n", word, answers[word])
		}
		seen[a.name] = text
	}
	if _, err := os.Stat(filepath.Join(shared, "volume", "file")); err != nil {
		t.Errorf("the storage driver's mount does not appear on the host: %v", err)
	}
	return seen
}

// kubelet tries to run an agent until it runs.
func kubelet(t *testing.T, n *node.Node, a agent) *node.Container {
	t.Helper()
	pod := runPod(t, n, a.pod)
	ctx, cancel := context.WithTimeout(t.Context(), 2*settle)
	defer cancel()
	for {
		a.spec.Attempt++
		c, err := pod.Run(t.Context(), a.spec)
		if err == nil {
			return c
		}
		if !strings.Contains(err.Error(), `required plugin "seccompd" not present`) {
			t.Errorf("%s: %v", a.name, err)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s does not start: %v", a.name, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// checkInForce is the control: the policy is in force and, where it enforces, an
// ordinary container is filtered, and refused when the daemon is gone.
func checkInForce(t *testing.T, n *node.Node, d *node.Daemon, mode string) {
	t.Helper()
	pod := runPod(t, n, node.PodSpec{Namespace: "shop"})
	answers, err := pod.Probe(t.Context(), node.ContainerSpec{}, "unshare")
	if err != nil {
		t.Fatal(err)
	}
	filtered := map[string]string{"audit": "ok", "enforce": "EPERM"}
	checkAnswers(t, "an ordinary container", answers, map[string]string{"unshare": filtered[mode]})
	d.Kill()
	for range 2 {
		_, err = pod.Create(t.Context(), node.ContainerSpec{})
	}
	if created := err == nil; created != (mode == "audit") {
		t.Errorf("with the daemon gone in %s: %v", mode, err)
	}
}
