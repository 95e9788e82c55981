package integration_test

import (
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/integration/sample"
)

// TestProbe holds the probe to the kernel's three entries, to a deadly filter,
// and to telling its own lack of a capability from a filter.
func TestProbe(t *testing.T) {
	n := sharedNode(t)
	pod := runPod(t, n, node.PodSpec{})
	killing := sample.L()
	killing.Syscalls[0].Action = specs.ActKillProcess
	killing.Architectures = []specs.Arch{specs.ArchX86_64, specs.ArchX86}
	path, err := n.WriteProfile("killing.json", killing)
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"chmod", "90:8,0755", "32:15:8,0755", "32:39:8,0755", "x32:39", "83:@/tmp/made,0755", "84:@/tmp/made", "kexec_load", "status"}
	answers, err := pod.Probe(t.Context(), node.ContainerSpec{Seccomp: node.Localhost(path)}, words...)
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "first process", answers, map[string]string{
		"chmod": "killed SIGSYS", "90:8,0755": "killed SIGSYS", "32:15:8,0755": "killed SIGSYS", "32:39:8,0755": "EFAULT",
		"83:@/tmp/made,0755": "ok", "84:@/tmp/made": "ok",
		"x32:39": "killed SIGSYS", // an ABI that the filter does not list
	})
	if !answers["kexec_load"].NoCap && answers["kexec_load"].String() == "EPERM" {
		t.Errorf("kexec_load answered %v without CAP_SYS_BOOT and the probe does not say so", answers["kexec_load"])
	}
}

// TestContainersOutliveContainerd stops and kills containerd under a running
// container.
func TestContainersOutliveContainerd(t *testing.T) {
	n := newNode(t, node.Options{})
	pod := runPod(t, n, node.PodSpec{})
	c, err := pod.Run(t.Context(), node.ContainerSpec{Seccomp: node.RuntimeDefault})
	if err != nil {
		t.Fatal(err)
	}
	for how, again := range map[string]func() error{
		"restarted": func() error { return n.Restart(t.Context()) },
		"killed":    func() error { n.Kill(); return n.Boot(t.Context()) },
	} {
		if err := again(); err != nil {
			t.Fatal(err)
		}
		answers, err := c.Probe(t.Context(), "mkdir", "unshare")
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, how, answers, map[string]string{"mkdir": "EFAULT", "unshare": "EPERM"})
	}
}

// TestRequiredPlugin is containerd's own part in failing closed: with a plugin
// that is required and absent, no container is created.
func TestRequiredPlugin(t *testing.T) {
	n := newNode(t, node.Options{RequiredPlugins: []string{"10-seccompd"}})
	pod := runPod(t, n, node.PodSpec{})
	_, err := pod.Run(t.Context(), node.ContainerSpec{})
	want := `required plugin "10-seccompd" not present`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("creating a container: %v, want %q", err, want)
	}
	if err := n.Restart(t.Context(), func(o *node.Options) { o.RequiredPlugins = nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := pod.Run(t.Context(), node.ContainerSpec{}); err != nil {
		t.Errorf("control: with no plugin required: %v", err)
	}
}

// TestOtherPlugins is what the tests of conflicts stand on: one plugin's filter
// is installed, two plugins' filters refuse the container.
func TestOtherPlugins(t *testing.T) {
	n := newNode(t, node.Options{})
	pod := runPod(t, n, node.PodSpec{})
	filter := sample.L()
	_, err := n.StartPlugin(t.Context(), node.PluginOptions{Seccomp: &filter, Annotations: map[string]string{"run.oci.test": "set"}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := pod.Run(t.Context(), node.ContainerSpec{Seccomp: node.RuntimeDefault})
	if err != nil {
		t.Fatal(err)
	}
	checkFilter(t, c, string(specs.ActAllow))
	spec, err := c.Spec()
	if err != nil {
		t.Fatal(err)
	}
	if spec.Annotations["run.oci.test"] != "set" {
		t.Error("the plugin's annotation is not in the bundle")
	}
	answers, err := c.Probe(t.Context(), "chmod", "unshare")
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "exec", answers, map[string]string{"chmod": "EPERM", "unshare": "ok"})

	second, err := n.StartPlugin(t.Context(), node.PluginOptions{Name: "second", Index: "30", Seccomp: &filter})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pod.Run(t.Context(), node.ContainerSpec{}); err == nil || !strings.Contains(err.Error(), "both tried to set SeccompPolicy") {
		t.Errorf("creating a container with two plugins that set seccomp: %v, want a conflict", err)
	}
	second.Kill()
	if _, err := pod.Run(t.Context(), node.ContainerSpec{}); err != nil {
		t.Errorf("control: with one plugin again: %v", err)
	}
}

// TestPowerOff cuts the power under a running container and boots again: the
// container is dead, and new pods run.
func TestPowerOff(t *testing.T) {
	n := newNode(t, node.Options{})
	old := runPod(t, n, node.PodSpec{})
	c, err := old.Run(t.Context(), node.ContainerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.PowerOff(); err != nil {
		t.Fatal(err)
	}
	if err := n.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	pod := runPod(t, n, node.PodSpec{})
	if _, err := pod.Run(t.Context(), node.ContainerSpec{}); err != nil {
		t.Error(err)
	}
}

// TestSharedMount is what a CSI driver does: a mount made in a privileged
// container appears on the host.
func TestSharedMount(t *testing.T) {
	n := newNode(t, node.Options{})
	dir, err := n.SharedDir("csi")
	if err != nil {
		t.Fatal(err)
	}
	pod := runPod(t, n, node.PodSpec{Privileged: true})
	c, err := pod.Run(t.Context(), node.ContainerSpec{
		Privileged: true,
		Mounts:     []node.Mount{{Host: dir, Container: "/host", Bidirectional: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), "sh", "-c", "mkdir /host/volume && mount -t tmpfs none /host/volume && touch /host/volume/file"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir + "/volume/file"); err != nil {
		t.Error(err)
	}
}
