package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
)

// loader is a runtime that containers are run with.
type loader struct {
	name    string
	version string // of the nearest table of required calls
	crun    bool
	path    string
	args    []string
	env     []string
	alone   bool // in a mount namespace with nothing but cgroup v2
	needed  []string
	dir     string
}

var containers atomic.Int64

// runtimes returns runc as integration/build.sh makes it, and the distribution's crun.
func runtimes(t *testing.T) []*loader {
	t.Helper()
	bin, err := node.BinDir()
	if err != nil {
		t.Fatal(err)
	}
	debian, libraries, err := node.Debian()
	if err != nil {
		t.Fatal(err)
	}
	all := []*loader{
		{name: "runc", version: "1.5", path: bin + "/runc"},
		{name: "crun", version: "1.8", path: debian + "/usr/bin/crun", crun: true, args: []string{"--cgroup-manager=disabled"}, env: []string{libraries}, alone: true},
	}
	for _, r := range all {
		errno, kill := enforce.RequiredCalls(host.Runtime{Name: r.name, Version: r.version})
		r.needed = append(errno, kill...)
		r.dir = t.TempDir()
		if err := node.BareRoot(r.dir); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// run starts a container under a filter, or none, and returns what its probe says to some calls, and the kernel's filters of it.
func (r *loader) run(t *testing.T, filter *specs.LinuxSeccomp, list []probed) ([]string, []bpf.Program, error) {
	t.Helper()
	id := fmt.Sprintf("proof-%d-%d", os.Getpid(), containers.Add(1))
	args := []string{"/probe"}
	for _, c := range list {
		args = append(args, c.word)
	}
	spec := node.BareSpec(filter, nil, append(args, "64:39", "pause")...)
	spec.Linux.Namespaces = append(spec.Linux.Namespaces, specs.LinuxNamespace{Type: specs.NetworkNamespace})
	if err := node.WriteSpec(r.dir, spec); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(r.dir + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	log, err := os.Create(r.dir + "/log") // and no pipe: the container would keep it open
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := r.command(ctx, "run", "--detach", "--pid-file", r.dir+"/pid", "--bundle", r.dir, id)
	cmd.Stdout, cmd.Stderr = out, log
	defer func() { _ = r.command(context.Background(), "delete", "--force", id).Run() }()
	if err := cmd.Run(); err != nil {
		why, _ := os.ReadFile(log.Name())
		return nil, nil, fmt.Errorf("run a container: %w: %s", err, why)
	}
	answers, err := said(out.Name(), len(list)+1)
	if err != nil {
		return nil, nil, err
	}
	pid, err := os.ReadFile(r.dir + "/pid")
	if err != nil {
		return nil, nil, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil || filter == nil {
		return answers, nil, err
	}
	programs, err := bpf.Fetch(n, 5*time.Second)
	return answers, programs, err
}

func (r *loader) command(ctx context.Context, args ...string) *exec.Cmd {
	full := append(append([]string{r.path, "--root", r.dir + "/state"}, r.args...), args...)
	if r.alone {
		full = node.PureCgroup2(full...)
	}
	cmd := exec.CommandContext(ctx, full[0], full[1:]...)
	cmd.Env = append(os.Environ(), r.env...)
	return cmd
}

// said waits for a number of answers in a file and returns them, without the names of errnos.
func said(path string, count int) ([]string, error) {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		lines := strings.SplitAfter(string(text), "\n")
		if len(lines) <= count {
			if time.Now().After(end) {
				return nil, fmt.Errorf("the probe has said %d of %d things: %q", len(lines)-1, count, lines)
			}
			continue
		}
		var answers []string
		for _, line := range lines[:count] {
			_, answer, _ := strings.Cut(strings.TrimSpace(line), " = ")
			if !strings.HasPrefix(answer, "killed") {
				answer, _, _ = strings.Cut(answer, " ")
			}
			answers = append(answers, answer)
		}
		return answers, nil
	}
}

// runsIA32 reports whether the kernel takes calls by int 0x80.
func (r *loader) runsIA32(t *testing.T) bool {
	t.Helper()
	answers, _, err := r.run(t, nil, []probed{{word: "32:20:0"}}) // getpid
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(answers[0])
	return err == nil && n > 0
}
