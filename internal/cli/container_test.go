package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// process writes what /proc says of one.
func process(t *testing.T, proc, pid, nspid, groups string) {
	t.Helper()
	dir := filepath.Join(proc, pid)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"cgroup": groups, "status": "Name:\tx\nNSpid:\t" + nspid + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestContainerProcess(t *testing.T) {
	proc := t.TempDir()
	const pods = "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod11.slice/"
	process(t, proc, "1", "1", "0::/init.scope\n")
	process(t, proc, "40", "40", "0::/system.slice/containerd.service\n")
	process(t, proc, "100", "100\t7", pods+"cri-containerd-4f1c2aaa.scope\n")
	process(t, proc, "101", "101\t1", pods+"cri-containerd-4f1c2aaa.scope\n")
	process(t, proc, "99", "99\t20\t1", pods+"cri-containerd-4f1c2aaa.scope\n") // of a namespace that the container made
	process(t, proc, "102", "102\t1", pods+"cri-containerd-4f1c2bbb.scope\n")
	process(t, proc, "200", "200\t1", "12:pids:/default/web-1\n11:memory:/default/web-1\n0::/\n")
	process(t, proc, "201", "201\t1", "0::/default/web-10\n")
	process(t, proc, "300", "300", "0::/machine.slice/libpod-conmon-9e9e.scope\n")
	process(t, proc, "301", "301", "0::/machine.slice/libpod-9e9e.scope/container\n")
	ab := strings.Repeat("ab", 32)
	process(t, proc, "310", "310", "0::/libpod_parent/libpod-conmon-"+ab+"\n")
	process(t, proc, "311", "311\t1", "0::/libpod_parent/libpod-"+ab+"\n")
	process(t, proc, "400", "400\t1", "0::/default/old (deleted)\n")
	for _, c := range []struct {
		id, full string
		pid      int
		why      string
	}{
		{id: "4f1c2a", full: "4f1c2aaa", pid: 101},
		{id: "4f1c2", why: "the ids of 2 containers begin with"},
		{id: "web-1", full: "web-1", pid: 200}, // though another one begins so
		{id: "web", why: "the ids of 2 containers begin with"},
		{id: "9e", full: "9e9e", pid: 301},
		{id: "abab", full: ab, pid: 311},
		{id: "old", why: "no process runs in a container"},
		{id: "containerd", why: "no process runs in a container"},
		{id: "kubepods", why: "no process runs in a container"},
		{id: "", why: "a container id cannot be"},
		{id: "../1", why: "a container id cannot be"},
	} {
		pid, full, err := containerProcess(proc, c.id)
		if pid != c.pid || full != c.full || (err == nil) != (c.why == "") || err != nil && !strings.HasPrefix(err.Error(), c.why) {
			t.Errorf("%q: %d %q %v", c.id, pid, full, err)
		}
	}
}
