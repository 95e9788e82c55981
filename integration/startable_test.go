package integration_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
)

// A bareRuntime is an OCI runtime that is run without an engine.
type bareRuntime struct {
	host.Runtime
	args []string // global options
	env  []string
	// alone runs it in a mount namespace with nothing but cgroup v2.
	alone bool
	dir   string
}

// bareCount names containers: of all runtimes, as their cgroups are in one place.
var bareCount atomic.Int64

func bareRuntimes(t *testing.T) map[string]*bareRuntime {
	t.Helper()
	bin, err := node.BinDir()
	if err != nil {
		t.Fatal(err)
	}
	debian, libraries, err := node.Debian()
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), libraries)
	all := map[string]*bareRuntime{
		"runc":          {Runtime: host.Runtime{Name: "runc", Path: bin + "/runc"}},
		"Debian's runc": {Runtime: host.Runtime{Name: "runc", Path: debian + "/usr/sbin/runc"}, env: env},
		"Debian's crun": {Runtime: host.Runtime{Name: "crun", Path: debian + "/usr/bin/crun"}, env: env, args: []string{"--cgroup-manager=disabled"}, alone: true},
	}
	for name, r := range all {
		cmd := exec.CommandContext(t.Context(), r.Path, "--version")
		cmd.Env = r.env
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("ask %s for its version: %v", name, err)
		}
		_, r.Version, _ = strings.Cut(strings.SplitN(string(out), "\n", 2)[0], " version ")
		r.Version, _, _ = strings.Cut(r.Version, "+")
		r.dir = t.TempDir()
		if err := node.BareRoot(r.dir); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// start runs a container under a filter whose program makes one call, says what
// it was answered and ends with the status 7, and returns why it did not.
func (r *bareRuntime) start(t *testing.T, filter specs.LinuxSeccomp, noNewPrivileges bool) error {
	t.Helper()
	capabilities := []string{"CAP_CHOWN", "CAP_SETUID", "CAP_SETGID", "CAP_KILL"}
	id := fmt.Sprintf("startable-%d-%d", os.Getpid(), bareCount.Add(1))
	spec := node.BareSpec(&filter, capabilities, "/probe", "-n", "mkdir", "exit:7")
	spec.Linux.CgroupsPath = scratch.CgroupParent() + "/" + id
	spec.Process.NoNewPrivileges = noNewPrivileges
	if err := node.WriteSpec(r.dir, spec); err != nil {
		t.Fatal(err)
	}
	if r.Name == "crun" {
		err := r.startCreated(t, id)
		_ = r.command(t, "delete", "--force", id).Run()
		return err
	}
	cmd := r.command(t, "run", "--bundle", r.dir, id)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go interrupt(cmd.Process.Pid, done)
	err := cmd.Wait()
	close(done)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 7 {
		return nil
	}
	_ = r.command(t, "delete", "--force", id).Run() // whatever is left of it
	return fmt.Errorf("%w: %s", errors.Join(err, errNotStarted), strings.TrimSpace(out.String()))
}

// startCreated creates a container and starts it then, as engines do. crun waits in between, under the filter, and makes calls that
// it does not make where it runs a container at once; runc does the same both ways.
func (r *bareRuntime) startCreated(t *testing.T, id string) error {
	t.Helper()
	out, err := os.Create(r.dir + "/out") // the container holds it open, so it is no pipe of ours
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	create := r.command(t, "create", "--bundle", r.dir, "--pid-file", r.dir+"/pid", id)
	create.Stdout, create.Stderr = out, out
	err = create.Run()
	if err == nil {
		start := r.command(t, "start", id)
		start.Stdout, start.Stderr = out, out
		err = start.Run()
	}
	said := func() (string, bool) {
		text := string(readFile(t, r.dir+"/out"))
		return text, strings.Contains(text, "mkdir = ")
	}
	for begun := time.Now(); err == nil && r.lives() && time.Since(begun) < settle; time.Sleep(5 * time.Millisecond) {
		if _, ok := said(); ok {
			return nil
		}
	}
	text, ok := said()
	if ok {
		return nil
	}
	return fmt.Errorf("%w: %s", errors.Join(err, errNotStarted), strings.TrimSpace(text))
}

// lives reports whether the container's first process has not ended.
func (r *bareRuntime) lives() bool {
	pid, _ := os.ReadFile(r.dir + "/pid")
	stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// interrupt sends the children of a process a signal which does nothing to them,
// again and again, as Go's runtime does to its own threads now and then. What
// handles it must be able to return.
func interrupt(pid int, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(200 * time.Microsecond):
		}
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
		for _, list := range lists {
			text, _ := os.ReadFile(list) // a thread that ended has none
			for _, child := range strings.Fields(string(text)) {
				if child, err := strconv.Atoi(child); err == nil {
					_ = unix.Kill(child, unix.SIGURG)
				}
			}
		}
	}
}

var errNotStarted = errors.New("the container did not start")

func (r *bareRuntime) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	full := append([]string{r.Path, "--root", r.dir + "/state"}, append(slices.Clone(r.args), args...)...)
	if r.alone {
		full = node.PureCgroup2(full...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // a runtime without futex may hang
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, full[0], full[1:]...)
	cmd.Env = r.env
	cmd.WaitDelay = time.Second
	return cmd
}

// without is a filter that allows everything but one call.
func without(call string, action specs.LinuxSeccompAction) specs.LinuxSeccomp {
	return specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{call}, Action: action}}}
}

// only is a filter that allows some calls and answers EPERM to all others.
func only(calls ...string) specs.LinuxSeccomp {
	eperm := uint(unix.EPERM)
	return specs.LinuxSeccomp{DefaultAction: specs.ActErrno, DefaultErrnoRet: &eperm, Syscalls: []specs.LinuxSyscall{{Names: calls, Action: specs.ActAllow}}}
}

// TestStartable holds the table of calls that a runtime makes under the
// container's filter to the runtimes: no container starts without any of them,
// and one starts with no other.
func TestStartable(t *testing.T) {
	t.Parallel()
	for name, r := range bareRuntimes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			errno, kill := enforce.RequiredCalls(r.Runtime)
			t.Logf("%s %s: %d calls, and %d that must not kill", r.Name, r.Version, len(errno), len(kill))
			for _, noNewPrivileges := range []bool{false, true} {
				if err := r.start(t, without("reboot", specs.ActKillProcess), noNewPrivileges); err != nil {
					t.Fatal("control: without a call that it does not need:", err)
				}
				for range 3 {
					if err := r.start(t, only(append(append([]string{"exit"}, errno...), kill...)...), noNewPrivileges); err != nil {
						t.Errorf("with the calls of the table and no other, noNewPrivileges %v: %v", noNewPrivileges, err)
					}
				}
			}
			for _, call := range errno {
				r.needs(t, call, specs.ActErrno, 100)
			}
			for _, call := range kill {
				r.needs(t, call, specs.ActKillProcess, 100)
			}
		})
	}
}

// needs holds a runtime not to start a container without a call, with or
// without noNewPrivileges, which makes it load the filter later. Some calls are
// made now and then only: one failed start of many is enough.
func (r *bareRuntime) needs(t *testing.T, call string, action specs.LinuxSeccompAction, tries int) {
	t.Helper()
	for try := range tries {
		if r.start(t, without(call, action), try%2 == 1) != nil {
			return
		}
	}
	t.Errorf("%s %s starts containers without %s (%s), tried %d times", r.Name, r.Version, call, action, tries)
}
