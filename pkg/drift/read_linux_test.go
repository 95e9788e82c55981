package drift_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/drift"
)

// role names what a child of the tests is to be.
const role = "SECCOMPD_DRIFT_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(role) == "waiter" {
		wait()
	}
	os.Exit(m.Run())
}

// wait loads a filter that allows all, and waits for a signal.
func wait() {
	runtime.LockOSThread()
	all := bpf.Program{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	if err := bpf.Load(all, unix.SECCOMP_FILTER_FLAG_TSYNC); err != nil {
		panic(err)
	}
	fmt.Println("ready")
	for {
		_ = unix.Pause()
	}
}

// waiters starts processes that wait, each as the container of a runtime that says that it gave it a filter.
func waiters(tb testing.TB, runtimes string, number int, filter *specs.LinuxSeccomp) {
	tb.Helper()
	for i := range number {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = []string{role + "=waiter"}
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
			tb.Fatalf("%q, %v", line, err)
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
		if err != nil {
			tb.Fatal(err)
		}
		id := fmt.Sprintf("c%d", i)
		dir := filepath.Join(runtimes, id)
		// The start is field 22, and the name has no blanks.
		state := fmt.Sprintf(`{"pid": %d, "process-start-time": %s, "bundle": %q}`, cmd.Process.Pid, strings.Fields(string(stat))[21], dir)
		config, err := json.Marshal(map[string]any{"ociVersion": "1.2.0", "linux": map[string]any{"seccomp": filter}})
		if err != nil {
			tb.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			tb.Fatal(err)
		}
		for name, text := range map[string]string{"status": state, "config.json": string(config)} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// reading looks as the daemon does, at processes that wait.
func reading(tb testing.TB, number int, filter *specs.LinuxSeccomp) (*drift.Node, drift.Query) {
	tb.Helper()
	m := newMachine(tb)
	runtimes := filepath.Join(m.dir, "runtimes")
	waiters(tb, runtimes, number, filter)
	snap := m.policy(tb, start, "floor: {deny: [mincore]}\ndefault: {action: keep}\n")
	roots := drift.Roots{Proc: "/proc", Runtimes: []string{runtimes}}
	var q drift.Query
	for i := range number {
		q.Containers = append(q.Containers, fmt.Sprintf("c%d", i))
	}
	return drift.New(drift.Settings{Roots: roots, RunDir: m.dir, Engine: engineOf(tb, snap, time.Now()), Snapshot: snap, Read: true}), q
}

// TestReadIsBounded has a look read no more than some, and the next ones the others: each once.
func TestReadIsBounded(t *testing.T) {
	const number = 20
	n, q := reading(t, number, denying("mincore"))
	read := map[int]int{}
	for look := range 6 {
		r, err := n.Audit(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		list, off := n.Readings()
		if off != "" || len(list) > 16 || look == 0 && len(list) < 10 {
			t.Errorf("look %d: %d were read: %s", look, len(list), off)
		}
		for _, one := range list {
			if one.Err == nil {
				read[one.PID]++
			}
		}
		if look > 3 && (len(list) > 0 || r.Counts[drift.Enforced] > 0 || r.Read != number) {
			t.Errorf("look %d: %+v, %v, %d known", look, list, r.Counts, r.Read)
		}
		for _, c := range r.Containers {
			// The kernel holds a filter that allows all, and the configuration denies what the policy denies.
			if (c.Basis == drift.ByKernel) != (read[c.PID] > 0) || (c.Verdict == drift.Enforced) != (read[c.PID] == 0) {
				t.Errorf("%s is %s by %s and was read %d times", c.ID, c.Verdict, c.Basis, read[c.PID])
			}
		}
	}
	if len(read) != number {
		t.Errorf("%d were read, want %d", len(read), number)
	}
	for pid, times := range read {
		if times != 1 {
			t.Errorf("process %d was read %d times", pid, times)
		}
	}
}

// TestReadLeavesNotifiedAlone does not stop what can wait for a supervisor, who would be asked again.
func TestReadLeavesNotifiedAlone(t *testing.T) {
	filter := denying("mincore")
	filter.Syscalls = append(filter.Syscalls, specs.LinuxSyscall{Names: []string{"mknod"}, Action: specs.ActNotify})
	n, q := reading(t, 2, filter)
	for range 3 {
		if _, err := n.Audit(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if list, off := n.Readings(); len(list) > 0 || off != "" {
			t.Errorf("%+v were read; %s", list, off)
		}
	}
}
