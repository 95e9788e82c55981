package integration_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

const fillDefault = "mode: enforce\n"

// shimNode is a node whose containerd finds the door in its shims' PATH. There
// is no plugin: NRI has no part in it. ctr's images are those of its own
// namespace.
func shimNode(t *testing.T, s *shim, o node.Options) *node.Node {
	t.Helper()
	if s != nil {
		o.ShimEnv = append(o.ShimEnv, s.env()...)
	} else {
		// Without the door the same lookup finds the real runtime.
		o.ShimEnv = append(o.ShimEnv, "PATH="+filepath.Dir((&shim{}).binary(t, "runc"))+":"+os.Getenv("PATH"))
	}
	n := newNode(t, o)
	t.Cleanup(func() { // before the node is closed
		left, _ := filepath.Glob("/run/containerd/runc/default/*-" + filepath.Base(n.Dir()))
		for _, dir := range left {
			_ = exec.Command((&shim{}).binary(t, "runc"), "--root", filepath.Dir(dir), "delete", "--force", filepath.Base(dir)).Run()
		}
	})
	archive := t.TempDir() + "/busybox.tar"
	// Through its transfer service, ctr may end before the last of the archive is written.
	if _, err := n.Ctr(t.Context(), "images", "export", "--local", archive, node.BusyboxImage); err != nil {
		t.Fatal(err)
	}
	if out, err := ctr(t.Context(), n, "images", "import", "--local", "--snapshotter", snapshotter(t, n), archive); err != nil {
		t.Fatal(out, err)
	}
	return n
}

func snapshotter(t *testing.T, n *node.Node) string {
	t.Helper()
	text, err := os.ReadFile(n.ConfigFile())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "snapshotter = 'native'") {
		return "native"
	}
	return "overlayfs"
}

// named is an id that nobody else on the machine has: ctr keeps the runtime's
// state in one place, whatever containerd it speaks to.
func named(n *node.Node, id string) string { return id + "-" + filepath.Base(n.Dir()) }

// fifos is where ctr puts the pipes of what it detaches, which nobody takes away from the place of its own choice.
func fifos(n *node.Node) string { return filepath.Join(n.Dir(), "fifo") }

// run is "ctr run" with the options that this machine needs and none that
// concerns the runtime.
func run(ctx context.Context, t *testing.T, n *node.Node, options []string, id string, args ...string) (string, error) {
	t.Helper()
	all := append([]string{"run", "--snapshotter", snapshotter(t, n), "--fifo-dir", fifos(n), "--cgroup", "/" + filepath.Base(n.Dir()) + "/" + id}, options...)
	return untilWhole(t, args[len(args)-1], func() (string, error) {
		return ctr(ctx, n, append(append(all, node.BusyboxImage, named(n, id)), args...)...)
	})
}

// untilWhole runs ctr, and runs it again where it has lost what a program said that ended at once: it stops listening when the program
// has ended, though it may not have begun to. word is the last that the probe was given.
func untilWhole(t *testing.T, word string, run func() (string, error)) (out string, err error) {
	t.Helper()
	waitFor(t, "ctr hands on what the container says", func() bool {
		out, err = run()
		return err != nil || word == "pause" || strings.Contains(out, word+" = ") || word == "status" && strings.Contains(out, "Seccomp:")
	})
	return out, err
}

// execIn executes the probe in a container that runs.
func execIn(t *testing.T, n *node.Node, id string, probe []string) (string, error) {
	t.Helper()
	return untilWhole(t, probe[len(probe)-1], func() (string, error) {
		return ctr(t.Context(), n, append([]string{"task", "exec", "--fifo-dir", fifos(n), "--exec-id", "e", id}, probe...)...)
	})
}

// TestShimPlainCtr runs containers as people do who have no Kubernetes: they
// have no filter at all without the door, and the policy's with it.
func TestShimPlainCtr(t *testing.T) {
	t.Parallel()
	probe := []string{"/probe", "unshare", "mkdir", "status"}
	plain := shimNode(t, nil, node.Options{})
	out, err := run(t.Context(), t, plain, []string{"--rm"}, "control", probe...)
	if err != nil || !strings.Contains(out, "Seccomp: 0") && !strings.Contains(out, "Seccomp:\t0") {
		t.Fatalf("control: %v\n%s", err, out)
	}
	s := newShim(t, fillDefault)
	n := shimNode(t, s, node.Options{})
	filtered := func(what, out string, err error) {
		t.Helper()
		if err != nil || !strings.Contains(out, "unshare = -1 EPERM") || !strings.Contains(out, "mkdir = -14 EFAULT") || !strings.Contains(out, "Seccomp:\t2") && !strings.Contains(out, "Seccomp: 2") {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
	out, err = run(t.Context(), t, n, []string{"--rm"}, "plain", probe...)
	filtered("plain", out, err)
	if d := s.of(t, named(n, "plain")); d.Door != "runtime" || d.Result != "installed" || d.Profile != "RuntimeDefault" || d.Current != "none" {
		t.Errorf("on record: %+v", d)
	}
	out, err = run(t.Context(), t, n, []string{"--rm", "--env", "A=b", "--label", "x=y", "--read-only"}, "options", probe...)
	filtered("options", out, err)
	// A client that puts containers into the shim of another does not leave the door.
	out, err = run(t.Context(), t, n, []string{"--rm", "--annotation", "io.containerd.runc.v2.group=" + named(n, "plain")}, "grouped", probe...)
	filtered("grouped", out, err)
	// What only Kubernetes may say claims nothing here.
	out, err = run(t.Context(), t, n, []string{"--rm", "--annotation", "io.kubernetes.cri.container-type=container", "--annotation", "io.kubernetes.cri.sandbox-namespace=kube-system"}, "claims", probe...)
	filtered("claims", out, err)

	long := named(n, "long")
	if _, err := run(t.Context(), t, n, []string{"--detach"}, "long", "/probe", "pause"); err != nil {
		t.Fatal(err)
	}
	out, err = execIn(t, n, long, probe)
	filtered("exec", out, err)
	end(t, n, long)
	if out, err := ctr(t.Context(), n, "task", "start", "--fifo-dir", fifos(n), "--detach", long); err != nil {
		t.Fatal(out, err)
	}
	out, err = execIn(t, n, long, probe)
	filtered("exec after a restart", out, err)

	// Nothing that ends a container asks the policy.
	if err := os.RemoveAll(s.dir + "/state"); err != nil {
		t.Fatal(err)
	}
	out, err = run(t.Context(), t, n, []string{"--rm"}, "unruled", probe...)
	if err == nil || !strings.Contains(out, "no policy is in force") || !strings.Contains(out, "seccompd refused the container") {
		t.Errorf("without a policy: %v\n%s", err, out)
	}
	for _, step := range [][]string{{"task", "ls"}, {"task", "pause", long}, {"task", "resume", long}} {
		if out, err := ctr(t.Context(), n, step...); err != nil {
			t.Errorf("%s, without a policy: %v %s", step, err, out)
		}
	}
	end(t, n, long)
	if out, err := ctr(t.Context(), n, "container", "delete", long); err != nil {
		t.Error(out, err)
	}
}

// end kills a container and deletes its task as soon as it is dead.
func end(t *testing.T, n *node.Node, id string) {
	t.Helper()
	if out, err := ctr(t.Context(), n, "task", "kill", "--signal", "KILL", id); err != nil {
		t.Fatal(out, err)
	}
	waitFor(t, id+" is dead", func() bool {
		_, err := ctr(t.Context(), n, "task", "delete", id)
		return err == nil
	})
}

// TestShimTerminalAndStdin has what a person at a terminal needs.
func TestShimTerminalAndStdin(t *testing.T) {
	t.Parallel()
	s := newShim(t, fillDefault)
	n := shimNode(t, s, node.Options{})
	path, err := node.Binary("ctr")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), settle)
	defer cancel()
	base := []string{"--address", n.ContainerdSocket(), "--namespace", "default", "run", "--rm", "--snapshotter", snapshotter(t, n), "--cgroup", "/" + filepath.Base(n.Dir()) + "/t"}
	waitFor(t, "ctr hands stdin on", func() bool { // see untilWhole
		cmd := exec.CommandContext(ctx, path, append(base, node.BusyboxImage, named(n, "stdin"), "/bin/busybox", "head", "-n", "1")...)
		cmd.Stdin = strings.NewReader("what goes in\n")
		var complaint bytes.Buffer
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil || len(out) > 0 && string(out) != "what goes in\n" {
			t.Fatalf("stdin: %v %q %s", err, out, &complaint)
		}
		return len(out) > 0
	})
	waitFor(t, "ctr has a terminal", func() bool {
		line := path + " " + strings.Join(append(base, "--tty", node.BusyboxImage, named(n, "tty"), "/bin/busybox", "tty"), " ")
		cmd := exec.CommandContext(ctx, "script", "-qec", line, "/dev/null")
		cmd.Env = append(os.Environ(), "TERM=xterm")
		out, err := cmd.CombinedOutput()
		if err != nil || len(out) > 0 && !strings.Contains(string(out), "/dev/pts/0") {
			t.Fatalf("tty: %v %q", err, out)
		}
		return len(out) > 0
	})
	cmd := exec.CommandContext(ctx, path, append(base, node.BusyboxImage, named(n, "status"), "/probe", "exit:7")...)
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("status: %v", err)
	}
}
