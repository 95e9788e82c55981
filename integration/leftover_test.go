package integration_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// runVictim starts a node with a running container, and containers without an
// engine, says where, and waits to be ended from outside: the other side of
// TestNothingIsLeft.
func runVictim() int {
	if err := beVictim(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	select {}
}

func beVictim() error {
	n, err := node.Start(context.Background(), node.Options{})
	if err != nil {
		return err
	}
	nodes.Lock()
	nodes.all = append(nodes.all, n)
	nodes.Unlock()
	pod, err := n.RunPod(context.Background(), node.PodSpec{})
	if err != nil {
		return err
	}
	if _, err := pod.Run(context.Background(), node.ContainerSpec{}); err != nil {
		return err
	}
	if scratch, err = node.NewScratch(); err != nil {
		return err
	}
	probe, err := node.Binary("probe")
	if err != nil {
		return err
	}
	runc, err := node.Binary("runc")
	if err != nil {
		return err
	}
	// A container of runc's, with a cgroup; one of nobody's, without; and a mount.
	config := strings.NewReplacer(`"-n","mkdir","exit:0"`, `"pause"`, "@CGROUP", scratch.CgroupParent()+"/victim", "@TOP", "", "@PROCESS", "", "@NOTES", "", "@LINUX", "").Replace(bundleConfig)
	cmd := exec.Command("sh", "-ec", `cd "$TMPDIR"; mkdir -p victim/rootfs/proc victim/rootfs/dev victim/rootfs/old victim/mount; cp "$1" victim/rootfs/probe; printf '%s' "$3" >victim/config.json
"$2" --root "$TMPDIR/victim/state" run --detach --bundle "$TMPDIR/victim" victim
mount -t tmpfs none victim/mount
unshare --mount --propagation private sh -ec 'mount --bind victim/rootfs victim/rootfs; cd victim/rootfs; pivot_root . old; exec /probe pause' &`, "sh", probe, runc, config)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	fmt.Println(n.Dir())
	fmt.Println(filepath.Dir(os.TempDir()))
	return nil
}

// TestNothingIsLeft ends a process that has a node in the way that a person
// and in the way that a machine would. After an interrupt nothing may be left;
// after SIGKILL nothing once another node has been started.
func TestNothingIsLeft(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			dirs := endVictim(t, signal)
			if signal == syscall.SIGKILL {
				for _, dir := range dirs {
					if left := leftovers(t, dir); len(left) < 4 {
						t.Fatalf("control: nobody has cleaned up yet, and of %s there is only %q", dir, left)
					}
				}
				newNode(t, node.Options{})
			}
			for _, dir := range dirs {
				for _, left := range leftovers(t, dir) {
					t.Error("left behind:", left)
				}
			}
		})
	}
}

// endVictim returns the directories of the ended node, and of what was outside of it.
func endVictim(t *testing.T, signal syscall.Signal) [2]string {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), "SECCOMPD_TEST_VICTIM=1")
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	var dirs [2]string
	if _, err := fmt.Fscan(out, &dirs[0], &dirs[1]); err != nil {
		t.Fatalf("victim: %v", err)
	}
	if err := victim.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	victim.Wait()
	return dirs
}

// leftovers looks for the node in files, mounts, cgroups and processes.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	var left []string
	if _, err := os.Stat(dir); err == nil {
		left = append(left, dir)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, dir) {
			left = append(left, line)
		}
	}
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
		groups, err := filepath.Glob(pattern + filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, groups...)
	}
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range lines {
		line, err := os.ReadFile(path)
		mounts, _ := os.ReadFile(filepath.Dir(path) + "/mountinfo") // of the container's root
		if err == nil && (strings.Contains(string(line), dir) || strings.Contains(string(mounts), " "+dir+"/t/victim/rootfs / ")) {
			left = append(left, path+": "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}
