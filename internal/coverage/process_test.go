package coverage

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// named is the name of a program that is this test again, and waits for the end of its input.
const named = "seccompd-engine"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == named {
		_, _ = os.Stdout.WriteString("x")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(m.Run())
}

// TestProcessesInContainersAreNoEngines: with a root of its own a process is in a container, and may be called as it likes.
func TestProcessesInContainersAreNoEngines(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("another root takes root")
	}
	root := t.TempDir()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, named), self, 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	start := func(path, root string) int {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), path)
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = in.Close()
			_ = cmd.Wait()
		})
		if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		return cmd.Process.Pid
	}
	mine, contained := start(filepath.Join(root, named), ""), start("/"+named, root)
	found := processes(named)
	if !slices.Contains(found, mine) || slices.Contains(found, contained) {
		t.Errorf("%v, want %d and not %d, which has another root", found, mine, contained)
	}
}
