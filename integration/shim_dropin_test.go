package integration_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
)

// A pair runs one command line through the door and without it.
type pair struct {
	t            *testing.T
	s            *shim
	door, direct string // programs
	args         []string
	env          []string
}

func pairs(t *testing.T, s *shim) map[string]*pair {
	env := append(os.Environ(), append(s.env(), "NAMESPACE=default")...)
	return map[string]*pair{
		"runc": {t: t, s: s, door: s.bin + "/runc", direct: s.binary(t, "runc"), env: env},
		"crun": {t: t, s: s, door: s.bin + "/crun", direct: s.crun, env: env, args: []string{"--cgroup-manager=disabled"}},
	}
}

type result struct {
	out, err string
	code     int
}

// command runs one of the two programs where it can.
func (p *pair) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	full := append([]string{program}, args...)
	if strings.HasSuffix(program, "crun") {
		full = node.PureCgroup2(full...)
	}
	cmd := exec.CommandContext(ctx, full[0], full[1:]...)
	cmd.Env = p.env
	return cmd
}

func (p *pair) run(program string, args []string) result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	defer cancel()
	cmd := p.command(ctx, program, args...)
	cmd.Dir = p.t.TempDir() // spec writes a file
	cmd.WaitDelay = time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // its status is what counts
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// same runs a command line both ways.
func (p *pair) same(t *testing.T, args ...string) {
	t.Helper()
	with, without := p.run(p.door, args), p.run(p.direct, args)
	if with.out != without.out || with.code != without.code {
		t.Errorf("%q\nwith the door: %d %q\nwithout: %d %q", args, with.code, with.out, without.code, without.out)
	}
	if strings.Contains(with.err, "seccompd") {
		t.Errorf("%q: the door has an opinion: %s", args, with.err)
	}
}

// TestShimIsADropIn has every command and option of runc and crun: what goes
// through the door comes out as if it were not there. There is no policy.
func TestShimIsADropIn(t *testing.T) {
	t.Parallel()
	s := newShim(t, "")
	for name, p := range pairs(t, s) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commands := map[string][]string{
				"checkpoint": {"--image-path", "--work-path", "--parent-path", "--leave-running", "--tcp-established", "--tcp-skip-in-flight", "--link-remap", "--ext-unix-sk", "--shell-job", "--lazy-pages", "--status-fd", "--page-server", "--file-locks", "--pre-dump", "--manage-cgroups-mode", "--empty-ns", "--auto-dedup"},
				"delete":     {"--force", "-f", "--regex", "-r"},
				"events":     {"--interval", "--stats"},
				"exec":       {"--console-socket", "--pidfd-socket", "--cwd", "--env", "-e", "--tty", "-t", "--user", "-u", "--additional-gids", "-g", "--process", "-p", "--detach", "-d", "--pid-file", "--process-label", "--apparmor", "--no-new-privs", "--cap", "-c", "--preserve-fds", "--cgroup", "--ignore-paused"},
				"kill":       {"--all", "-a", "--regex", "-r"},
				"list":       {"--format", "-f", "--quiet", "-q"},
				"pause":      nil,
				"ps":         {"--format", "-f"},
				"resume":     nil,
				"spec":       {"--rootless"},
				"start":      nil,
				"state":      {"--all", "-a", "--regex", "-r"},
				"update":     {"--resources", "-r", "--blkio-weight", "--cpu-period", "--cpu-quota", "--cpu-burst", "--cpu-share", "--cpu-rt-period", "--cpu-rt-runtime", "--cpuset-cpus", "--cpuset-mems", "--memory", "--cpu-idle", "--memory-reservation", "--memory-swap", "--pids-limit", "--l3-cache-schema", "--mem-bw-schema"},
				"features":   nil,
				"help":       nil,
				"h":          nil,
				"nonsense":   nil,
			}
			for command, options := range commands {
				p.same(t, command)
				p.same(t, command, "--help")
				p.same(t, command, "-h")
				p.same(t, command, "create")
				p.same(t, command, "run", "x")
				for _, o := range options {
					p.same(t, command, o)
					p.same(t, command, o, "1", "nothere")
					p.same(t, command, o+"=1", "nothere")
				}
			}
			for _, line := range []string{
				"", "--help", "-h", "--version", "-v", "-V", "--usage", "--debug list", "--log /dev/null list", "--log=/dev/null --log-format=json list", "--log-format text list", "--root /nowhere list",
				"--systemd-cgroup list", "--rootless true list", "--rootless=auto list", "--criu x list", "--cgroup-manager disabled list", "--nonsense list", "--roo /nowhere list", "-root /nowhere list", "--root", "-- list",
				"create --help", "run --help", "create -h", "run -h", "help create", "help run", "--debug=nonsense list", "--version create", "--help run x",
			} {
				p.same(t, strings.Fields(line)...)
			}
		})
	}
}

// TestShimPassesLifeThrough creates, starts, asks about and ends containers of
// both runtimes, through the door and without it.
func TestShimPassesLifeThrough(t *testing.T) {
	t.Parallel()
	s := newShim(t, attackPolicy)
	for name, p := range pairs(t, s) {
		t.Run(name, func(t *testing.T) {
			for i, program := range []string{p.direct, p.door} {
				b := newBundle(t, s)
				config := strings.Replace(b.config(nil), `"-n","mkdir","exit:0"`, `"pause"`, 1)
				b.write(config)
				root := fmt.Sprintf("%s/%s-%d/default", s.dir, name, i)
				call := func(want int, args ...string) result {
					t.Helper()
					r := p.run(program, append(append([]string{"--root", root}, p.args...), args...))
					if r.code != want {
						t.Fatalf("%s %q: %d %s%s", program, args, r.code, r.out, r.err)
					}
					return r
				}
				// Started in the background, a container must not hold our pipes.
				if err := p.command(t.Context(), program, append(append([]string{"--root", root}, p.args...), "create", "--bundle", b.dir, b.id)...).Run(); err != nil {
					t.Fatal(program, err)
				}
				if out := call(0, "state", b.id).out; !strings.Contains(out, `"created"`) {
					t.Errorf("%s: state %s", program, out)
				}
				call(0, "start", b.id)
				if program == p.door {
					if err := os.RemoveAll(s.dir + "/state"); err != nil {
						t.Fatal(err)
					}
				}
				out := call(0, "exec", b.id, "/probe", "mkdir", "status").out
				if filtered := strings.Contains(out, "mkdir = -1 EPERM"); filtered != (program == p.door) {
					t.Errorf("%s: %s", program, out)
				}
				if out := call(0, "list", "-q").out; out != b.id+"\n" {
					t.Errorf("%s: list %q", program, out)
				}
				call(0, "kill", b.id, "KILL")
				for range 100 {
					if out := p.run(program, append([]string{"--root", root}, append(p.args, "state", b.id)...)).out; strings.Contains(out, "stopped") {
						break
					}
					time.Sleep(20 * time.Millisecond)
				}
				call(0, "delete", b.id)
				if out := call(0, "list", "-q").out; out != "" {
					t.Errorf("%s: left %q", program, out)
				}
			}
			s.apply(t, attackPolicy)
		})
	}
}
