package integration_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), settle)
	defer cancel()
	cmd := p.command(ctx, program, args...)
	cmd.Dir = p.t.TempDir() // spec writes a file
	// Files, since a container that goes on would hold pipes open.
	said := make([]*os.File, 2)
	for i := range said {
		var err error
		if said[i], err = os.CreateTemp(p.t.TempDir(), "said"); err != nil {
			p.t.Fatal(err)
		}
		defer said[i].Close()
	}
	cmd.Stdout, cmd.Stderr = said[0], said[1]
	_ = cmd.Run() // its status is what counts
	return result{string(readFile(p.t, said[0].Name())), string(readFile(p.t, said[1].Name())), cmd.ProcessState.ExitCode()}
}

// opinion tells whether the door says something. The test's own paths have its name in them.
func (p *pair) opinion(said string) bool {
	return strings.Contains(strings.ReplaceAll(said, os.TempDir(), ""), "seccompd")
}

// same runs a command line both ways.
func (p *pair) same(t *testing.T, args ...string) {
	t.Helper()
	with, without := p.run(p.door, args), p.run(p.direct, args)
	if with.out != without.out || with.code != without.code {
		t.Errorf("%q\nwith the door: %d %q\nwithout: %d %q", args, with.code, with.out, without.code, without.out)
	}
	if p.opinion(with.err) {
		t.Errorf("%q: the door has an opinion: %s", args, with.err)
	}
}

// described returns the commands of a runtime with their options, as it describes them itself; "" has the global ones.
func (p *pair) described(t *testing.T) map[string][]string {
	t.Helper()
	options := regexp.MustCompile(`(?m)^ +(-.*?)(?:  |$)`)
	one := regexp.MustCompile(`--?[a-z?][a-z0-9-]*`)
	of := func(help string) (list []string) {
		for _, m := range options.FindAllStringSubmatch(help, -1) {
			list = append(list, one.FindAllString(m[1], -1)...)
		}
		return list
	}
	help := p.run(p.direct, []string{"--help"}).out
	out := map[string][]string{"": of(help)}
	for _, m := range regexp.MustCompile(`(?m)^(?:\t| {3})([a-z]+)(?:, h)?  +(?:- )?[a-zS]`).FindAllStringSubmatch(help, -1) {
		out[m[1]] = of(p.run(p.direct, []string{m[1], "--help"}).out)
	}
	if len(out) < 14 || len(out[""]) < 8 || len(out["run"]) < 9 || len(out["update"]) < 15 {
		t.Fatalf("the help of %s is not understood: %q", p.direct, out)
	}
	return out
}

// TestShimIsADropIn has every command and option of runc and crun, those that each names in its help and others: what goes
// through the door comes out as if it were not there. There is no policy.
func TestShimIsADropIn(t *testing.T) {
	t.Parallel()
	s := newShim(t, "")
	for name, p := range pairs(t, s) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commands := p.described(t)
			// What older and newer ones know, and what neither does.
			for command, options := range map[string][]string{
				"checkpoint": {"--image-path", "--tcp-skip-in-flight"}, "delete": {"--regex", "-r"}, "events": {"--stats"}, "exec": {"--pidfd-socket", "-g"},
				"kill": {"--all", "-a", "--regex"}, "state": {"--all", "-a"}, "update": {"--cpu-idle", "--kernel-memory"}, "features": nil, "help": nil, "h": nil, "nonsense": {"--nonsense"},
			} {
				commands[command] = append(commands[command], options...)
			}
			globals := commands[""]
			for _, decided := range []string{"", "create", "run", "restore"} { // TestShimCreatesAsWithout, and the attacks
				delete(commands, decided)
			}
			for command, options := range commands {
				p.same(t, command)
				for _, asking := range []string{"--help", "-h", "-?", "--usage"} {
					p.same(t, command, asking)
				}
				p.same(t, command, "create")
				p.same(t, command, "run", "x")
				for _, o := range options {
					p.same(t, command, o)
					p.same(t, command, o, "1", "nothere")
					p.same(t, command, o+"=1", "nothere")
				}
			}
			for _, o := range globals {
				p.same(t, o)
				p.same(t, o, "list")
				p.same(t, o, "/nowhere", "list")
				p.same(t, o+"=/nowhere", "list")
			}
			for _, line := range []string{
				"", "-V", "--usage", "--debug list", "--log /dev/null list", "--log=/dev/null --log-format=json list", "--log-format text list",
				"--systemd-cgroup list", "--rootless true list", "--rootless=auto list", "--criu x list", "--cgroup-manager disabled list", "--nonsense list", "--roo /nowhere list", "-root /nowhere list", "-- list",
				"create --help", "run --help", "create -h", "run -h", "help create", "help run", "--debug=nonsense list", "--version create", "--help run x",
			} {
				p.same(t, strings.Fields(line)...)
			}
		})
	}
}

// TestShimCreatesAsWithout creates containers with each option that a runtime names, under a policy that leaves their filters
// alone: the program and the runtime say the same through the door and without it. The door knows every option, or refuses it by
// name.
func TestShimCreatesAsWithout(t *testing.T) {
	t.Parallel()
	s := newShim(t, "mode: enforce\ndefault: {action: keep}\n")
	for name, p := range pairs(t, s) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			described := p.described(t)
			for _, command := range []string{"create", "run"} {
				for _, o := range append(described[command], "") {
					args, asks := []string{o}, false
					switch o {
					case "":
						args = nil
					case "--help", "-h", "-?", "--usage":
						asks = true
					case "--bundle", "-b":
						args = nil // each has it
					case "--config", "-f":
						b := newBundle(t, s)
						b.called = s.bin + "/" + name
						out, err := b.run(command, o, "config.json", "--bundle", b.dir, b.id)
						b.refused(out, err, "another configuration")
						continue
					case "--no-pivot", "--no-new-keyring", "--no-subreaper", "--detach", "-d", "--keep":
					case "--preserve-fds":
						args = append(args, "0")
					case "--pid-file":
						args = append(args, "pid")
					case "--console-socket", "--pidfd-socket":
						args = append(args, "/nowhere")
					default:
						t.Errorf("%s %s has an option that nobody here knows: %s", name, command, o)
					}
					if asks {
						p.same(t, command, o)
						continue
					}
					with, without := p.creates(s, p.door, command, o, args), p.creates(s, p.direct, command, o, args)
					if with != without {
						t.Errorf("%s %s\nwith the door: %+v\nwithout: %+v", command, o, with, without)
					}
					if o == "" && (with.code != 0 || command == "run" && !strings.Contains(with.out, "mkdir = ")) {
						t.Errorf("%s does not work: %+v", command, with)
					}
				}
			}
		})
	}
}

// creates creates a container with a program, and returns what comes of it. The container's id is the same each time.
func (p *pair) creates(s *shim, program, command, option string, args []string) result {
	p.t.Helper()
	b := newBundle(p.t, s)
	root := []string{"--root", p.t.TempDir()}
	bundle := "--bundle"
	if option == "-b" {
		bundle = option
	}
	line := slices.Concat(root, p.args, []string{command}, args, []string{bundle, b.dir, "same"})
	r := p.run(program, line)
	if option == "--detach" || option == "-d" {
		r.out = "" // the program's, which goes on
	}
	_ = p.run(p.direct, slices.Concat(root, p.args, []string{"delete", "--force", "same"}))
	if !p.opinion(r.err) {
		r.err = "" // it has times and paths
	}
	return r
}

// TestShimAnswersAsWithout asks about a container that runs and does things to it: what is answered is the same through the door and
// without it.
func TestShimAnswersAsWithout(t *testing.T) {
	t.Parallel()
	s := newShim(t, attackPolicy)
	for name, p := range pairs(t, s) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, s)
			b.write(strings.Replace(b.config(nil), `"-n","mkdir","exit:0"`, `"pause"`, 1))
			root := append([]string{"--root", t.TempDir()}, p.args...)
			if r := p.run(p.door, slices.Concat(root, []string{"run", "--detach", "--bundle", b.dir, b.id})); r.code != 0 {
				t.Fatalf("%+v", r)
			}
			t.Cleanup(func() { _ = p.run(p.direct, slices.Concat(root, []string{"delete", "--force", b.id})) })
			for i, program := range []string{p.door, p.direct} {
				other := []string{p.direct, p.door}[i]
				if name == "runc" && (p.run(program, slices.Concat(root, []string{"pause", b.id})).code != 0 || p.run(other, slices.Concat(root, []string{"resume", b.id})).code != 0) {
					t.Errorf("paused by %s, it is not resumed by %s", program, other)
				}
			}
			for _, line := range []string{
				"state ID", "list", "list --format json", "list -f json", "list --quiet", "list -q", "ps --format json ID", "ps -f json ID",
				"exec ID /probe exit:3", "exec --cwd /proc ID /probe mkdir", "exec --env A=b ID /probe mkdir", "exec -e C=d ID /probe mkdir", "exec --user 1:1 ID /probe mkdir", "exec -u 1 ID /probe mkdir", "exec --cap CAP_KILL ID /probe mkdir",
				"exec --no-new-privs ID /probe mkdir", "exec --preserve-fds 0 ID /probe mkdir", "exec --pid-file pid ID /probe mkdir", "exec ID /nowhere", "exec --tty ID /probe mkdir", "exec nothere /probe mkdir",
				"update --pids-limit 100 ID", "kill ID 0", "start ID", "delete ID", "kill nothere KILL", "checkpoint --image-path /nowhere ID",
			} {
				args := strings.Fields(line)
				for i := range args {
					if args[i] == "ID" {
						args[i] = b.id
					}
				}
				with := p.run(p.door, slices.Concat(root, args))
				without := p.run(p.direct, slices.Concat(root, args))
				if with.out != without.out || with.code != without.code || p.opinion(with.err) {
					t.Errorf("%s\nwith the door: %+v\nwithout: %+v", line, with, without)
				}
				if strings.HasSuffix(line, "/probe mkdir") && !strings.Contains(line, "nothere") && !strings.Contains(line, "--tty") && !strings.Contains(with.out, "mkdir = -1 EPERM") {
					t.Errorf("%s: %+v", line, with)
				}
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
				call(0, "create", "--bundle", b.dir, b.id)
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
				waitFor(t, "it has ended", func() bool {
					return strings.Contains(p.run(program, append([]string{"--root", root}, append(p.args, "state", b.id)...)).out, "stopped")
				})
				call(0, "delete", b.id)
				if out := call(0, "list", "-q").out; out != "" {
					t.Errorf("%s: left %q", program, out)
				}
			}
			s.apply(t, attackPolicy)
		})
	}
}
