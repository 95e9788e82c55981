package integration_test

import (
	"bufio"
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

// runVictim starts a node with a running container, says where, and waits to be
// ended from outside: the other side of TestNothingIsLeft.
func runVictim() int {
	defer closeNodes()
	n, err := node.Start(context.Background(), node.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	nodes.Lock()
	nodes.all = append(nodes.all, n)
	nodes.Unlock()
	pod, err := n.RunPod(context.Background(), node.PodSpec{})
	if err == nil {
		_, err = pod.Run(context.Background(), node.ContainerSpec{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(n.Dir())
	select {}
}

// TestNothingIsLeft ends a process that has a node in the way that a person
// and in the way that a machine would. After an interrupt nothing may be left;
// after SIGKILL nothing once another node has been started.
func TestNothingIsLeft(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			dir := endVictim(t, signal)
			if signal == syscall.SIGKILL {
				if _, err := os.Stat(dir); err != nil {
					t.Fatalf("control: %v, but nobody has cleaned up yet", err)
				}
				newNode(t, node.Options{})
			}
			for _, left := range leftovers(t, dir) {
				t.Error("left behind:", left)
			}
		})
	}
}

// endVictim returns the directory of the ended node.
func endVictim(t *testing.T, signal syscall.Signal) string {
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
	dir, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("victim: %v", err)
	}
	if err := victim.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	victim.Wait()
	return strings.TrimSpace(dir)
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
		if line, err := os.ReadFile(path); err == nil && strings.Contains(string(line), dir) {
			left = append(left, path+": "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}
