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

// named is the name of a program that says that it runs, and waits for the end of its input.
const named = "seccompd-engine"

const waiting = `package main

import (
	"io"
	"os"
)

func main() {
	os.Stdout.WriteString("x")
	io.Copy(io.Discard, os.Stdin)
}
`

// TestProcessesInContainersAreNoEngines: with a root of its own a process is in a container, and may be called as it likes.
func TestProcessesInContainersAreNoEngines(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("another root takes root")
	}
	root := t.TempDir()
	source := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(source, []byte(waiting), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(root, named), source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // in a root of its own it finds no library
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
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
