package integration_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
)

// dockerd is the distribution's Docker in a host of its own.
type dockerd struct {
	*node.Host
	t       *testing.T
	service *node.Service
}

func (d *dockerd) start() {
	d.t.Helper()
	ready := func() bool {
		_, err := d.Run(d.t.Context(), "/usr/bin/docker", "version")
		return err == nil
	}
	var err error
	d.service, err = d.Service(d.t.Context(), "docker", ready, "/usr/sbin/dockerd", "--bridge=none", "--iptables=false", "--ip6tables=false",
		"--ip-forward=false", "--ip-masq=false", "--storage-driver=vfs", "--cgroup-parent", d.CgroupParent(), "--host", "unix:///var/run/docker.sock")
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *dockerd) stop() {
	d.t.Helper()
	if err := d.service.Stop(); err != nil {
		d.t.Fatal(err)
	}
}

// docker runs the client.
func (d *dockerd) docker(args ...string) string {
	d.t.Helper()
	return must(d.t, d.Host, append([]string{"/usr/bin/docker"}, args...)...)
}

// probe runs a container whose first process is the probe.
func (d *dockerd) probe(flags []string, words ...string) node.Answers {
	d.t.Helper()
	args := append([]string{"/usr/bin/docker", "run", "--rm", "--network", "none"}, flags...)
	answers, err := d.Probe(d.t.Context(), append(append(args, "busybox", "/probe"), words...)...)
	if err != nil {
		d.t.Fatal(err)
	}
	return answers
}

// newDocker makes a host with Docker on a runtime; runc is there beside crun.
func newDocker(t *testing.T, runtime string) *dockerd {
	t.Helper()
	d := &dockerd{Host: newHost(t, node.HostOptions{PureCgroup2: runtime == "crun"}), t: t}
	weaken(t, d.Host)
	if runtime == "crun" {
		weakenCrun(t, d.Host)
		put(t, d.Host, "/etc/docker/daemon.json", dockerOnCrun, 0o644)
	}
	d.start()
	rootfs, err := node.BusyboxRootfs(d.Path("/var/tmp"))
	if err != nil {
		t.Fatal(err)
	}
	d.docker("import", "/var/tmp/"+rootfs[strings.LastIndexByte(rootfs, '/')+1:], "busybox")
	for name, text := range dockerProfiles {
		put(t, d.Host, "/root/"+name, text, 0o644)
	}
	return d
}

// dockerOnCrun is how Docker is told to use crun.
const dockerOnCrun = `{
  "default-runtime": "crun",
  "runtimes": {"crun": {"path": "/usr/local/sbin/crun"}}
}
`

// dockerProfiles are those of the usual guides.
var dockerProfiles = map[string]string{
	"block-unshare.json": `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}`,
	"deny-by-default.json": `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [{"action": "SCMP_ACT_ALLOW",
		"names": ["arch_prctl", "brk", "capget", "capset", "chdir", "chmod", "clone", "clone3", "close", "close_range", "epoll_create1", "epoll_ctl", "epoll_pwait", "execve",
		"exit", "exit_group", "faccessat2", "fchdir", "fcntl", "fork", "fstat", "fstatfs", "futex", "getcwd", "getdents64", "getpid", "getppid", "gettid", "madvise",
		"mmap", "mprotect", "munmap", "nanosleep", "newfstatat", "open", "openat", "openat2", "prctl", "pread64", "pselect6", "read", "readlinkat", "rseq", "rt_sigaction",
		"rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "sched_yield", "set_robust_list", "set_tid_address", "setgid", "setgroups", "setresgid", "setresuid", "setuid", "shutdown",
		"sigaltstack", "stat", "statx", "tgkill", "unlinkat", "vfork", "wait4", "waitid", "write"]}]}`,
}

// dockerCase is one way of starting a container, with what the kernel answers to it without seccompd and with it.
type dockerCase struct {
	flags         []string
	without, with map[string]string
}

var dockerCases = map[string]dockerCase{
	"plain": {
		without: map[string]string{"chmod": "EFAULT", "unshare": "EPERM", "mkdir": "EFAULT"},
		with:    map[string]string{"chmod": "EPERM", "unshare": "EPERM", "mkdir": "EFAULT"},
	},
	"by runc's own name": {
		flags:   []string{"--runtime", "runc"},
		without: map[string]string{"chmod": "EFAULT", "unshare": "EPERM"},
		with:    map[string]string{"chmod": "EPERM", "unshare": "EPERM"},
	},
	"by the name of containerd's shim": {
		flags:   []string{"--runtime", "io.containerd.runc.v2"},
		without: map[string]string{"chmod": "EFAULT", "unshare": "EPERM"},
		with:    map[string]string{"chmod": "EPERM", "unshare": "EPERM"},
	},
	"unconfined": {
		flags:   []string{"--security-opt", "seccomp=unconfined"},
		without: map[string]string{"chmod": "EFAULT", "unshare": "ok"},
		with:    map[string]string{"chmod": "EPERM", "unshare": "EPERM"},
	},
	"unconfined by runc's own name": {
		flags:   []string{"--security-opt", "seccomp=unconfined", "--runtime", "runc"},
		without: map[string]string{"chmod": "EFAULT", "unshare": "ok"},
		with:    map[string]string{"chmod": "EPERM", "unshare": "EPERM"},
	},
	"privileged": {
		flags:   []string{"--privileged"},
		without: map[string]string{"chmod": "EFAULT", "unshare-newns": "ok"},
		with:    map[string]string{"chmod": "EPERM", "unshare-newns": "ok"}, // the default of a container with that capability
	},
	"a capability": {
		flags:   []string{"--cap-add", "SYS_ADMIN"},
		without: map[string]string{"chmod": "EFAULT", "unshare-newns": "ok"},
		with:    map[string]string{"chmod": "EPERM", "unshare-newns": "ok"},
	},
	"a profile that blocks unshare": {
		flags:   []string{"--security-opt", "seccomp=/root/block-unshare.json"},
		without: map[string]string{"chmod": "EFAULT", "unshare": "EPERM", "mkdir": "EFAULT"},
		with:    map[string]string{"chmod": "EPERM", "unshare": "EPERM", "mkdir": "EFAULT"},
	},
	"a profile that denies by default": {
		flags:   []string{"--security-opt", "seccomp=/root/deny-by-default.json"},
		without: map[string]string{"chmod": "EFAULT", "mkdir": "EPERM", "unshare": "EPERM"},
		with:    map[string]string{"chmod": "EPERM", "mkdir": "EPERM", "unshare": "EPERM"},
	},
}

// TestDocker starts containers in every usual way on runc and on crun, without seccompd and then with its runtime door; the
// kernel says which filter they have. The first half is the control.
func TestDocker(t *testing.T) {
	for runtime, its := range map[string]struct {
		diff string // what install.sh changes
		name string // Docker's default runtime then
	}{
		"runc": {`"default-runtime": "seccompd"`, "seccompd"},
		"crun": {`"path": "/usr/libexec/seccompd/shims/crun"`, "crun"},
	} {
		t.Run(runtime, func(t *testing.T) {
			d := newDocker(t, runtime)
			original := readTree(t, d.Path("/etc"))
			d.cases(t, "without", func(c dockerCase) map[string]string { return c.without })
			d.stop()
			d.doctor("no", "install.sh --engine docker")
			out := door(t, d.Host, enginePolicy, "--engine", "docker")
			for _, want := range []string{its.diff, "restart docker"} {
				if !strings.Contains(out, want) {
					t.Errorf("install.sh does not say %q:\n%s", want, out)
				}
			}
			d.start()
			if got := strings.TrimSpace(d.docker("info", "--format", "{{.DefaultRuntime}}")); got != its.name {
				t.Errorf("Docker says that its default runtime is %s, want %s", got, its.name)
			}
			d.cases(t, "with", func(c dockerCase) map[string]string { return c.with })
			d.daemon(t)
			t.Run("life", d.life)
			if said := d.doctor("yes", ""); said.Answered != "no" || said.Close != "systemctl enable --now seccompd" || !strings.Contains(said.notes, "take longer") {
				t.Errorf("doctor says where no daemon runs: %+v", said)
			}
			d.stop()
			must(t, d.Host, release(t), "--uninstall", "--purge")
			after := readTree(t, d.Path("/etc"))
			ownPolicy(after)
			sameTree(t, "the uninstallation", original, after)
		})
	}
}

// daemon does the same with the installed daemon running, which decides in the door's place.
func (d *dockerd) daemon(t *testing.T) {
	t.Helper()
	if unit := must(t, d.Host, "cat", "/usr/local/lib/systemd/system/seccompd.service"); !strings.Contains(unit, "/seccompd --nri-socket none\n") {
		t.Errorf("the unit on a node without NRI:\n%s", unit)
	}
	socket := d.Path("/run/seccompd/metrics.sock")
	service, err := d.Service(t.Context(), "seccompd", func() bool {
		_, err := d.Run(t.Context(), "/usr/local/bin/seccompctl", "status")
		_, missing := os.Stat(socket)
		return err == nil && missing == nil
	}, "/usr/local/bin/seccompd", "--nri-socket", "none")
	if err != nil {
		t.Fatal(err)
	}
	d.cases(t, "with the daemon", func(c dockerCase) map[string]string { return c.with })
	waitFor(t, "the daemon is asked about each container", func() bool {
		done, left := answersOf(t, socket)
		return done+left >= len(dockerCases)
	})
	waitFor(t, "the daemon decides", func() bool { // what takes longer than the door waits is left to it
		if done, _ := answersOf(t, socket); done > 0 {
			return true
		}
		checkAnswers(t, "once more", d.probe(nil, "chmod"), map[string]string{"chmod": "EPERM"})
		return false
	})
	if said := d.doctor("yes", ""); said.Answered != "yes" || said.VerifyStart || strings.Contains(said.notes, "take longer") {
		t.Errorf("doctor says of the daemon: %+v", said)
	}
	if err := service.Stop(); err != nil {
		t.Error(err)
	}
}

func (d *dockerd) cases(t *testing.T, prefix string, want func(dockerCase) map[string]string) {
	for name, test := range sortedCases(dockerCases) {
		t.Run(prefix+"/"+name, func(t *testing.T) {
			var words []string
			for word := range want(test) {
				words = append(words, word)
			}
			d := &dockerd{Host: d.Host, t: t}
			checkAnswers(t, name, d.probe(test.flags, words...), want(test))
		})
	}
}

// doorSaid is what doctor says of the runtime door, and all its notes.
type doorSaid struct {
	Answered, How, Close string
	VerifyStart          bool
	notes                string
}

// doctor holds what seccompctl's doctor says of Docker, and returns what it says of the runtime door. podman is beside it, and not
// guarded.
func (d *dockerd) doctor(state, remedy string) doorSaid {
	d.t.Helper()
	out, err := d.Run(d.t.Context(), real(d.t, "seccompctl"), "doctor", "-o", "json")
	if err == nil || !strings.Contains(err.Error(), "exit status 1") {
		d.t.Errorf("doctor says that podman is guarded, or fails: %v", err)
	}
	var answer struct {
		Guarded bool
		Engines []struct {
			Name  string
			Doors []struct{ Name, State, How, Close string }
		}
		RuntimeDoor doorSaid
		Notes       []struct{ What string }
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		d.t.Fatalf("%v in\n%s", err, out)
	}
	found := 0
	for _, e := range answer.Engines {
		for _, door := range e.Doors {
			if e.Name == "podman" && door.State != "no" {
				d.t.Errorf("doctor says of podman: %+v", door)
			}
			if e.Name != "docker" {
				continue
			}
			found++
			if door.Name != "runtime" || door.State != state || door.Close != remedy {
				d.t.Errorf("doctor says of Docker: %+v, want %s, and %q to close it", door, state, remedy)
			}
		}
	}
	if found != 1 {
		d.t.Errorf("doctor does not name one door of Docker:\n%s", out)
	}
	for _, n := range answer.Notes {
		answer.RuntimeDoor.notes += n.What + "\n"
	}
	return answer.RuntimeDoor
}

// life goes through what a container does after it was created: exec, logs, a terminal, a health check, restart, kill, stop
// and delete, the last of them after the policy and its snapshot are gone.
func (d *dockerd) life(t *testing.T) {
	d = &dockerd{Host: d.Host, t: t}
	d.docker("run", "--detach", "--name", "one", "--network", "none", "--health-cmd", "/bin/true", "--health-interval", "200ms", "busybox", "sh", "-c", "echo started; exec /probe pause")
	answers, err := d.Probe(t.Context(), "/usr/bin/docker", "exec", "one", "/probe", "chmod", "mkdir")
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "exec", answers, map[string]string{"chmod": "EPERM", "mkdir": "EFAULT"})
	if got := d.docker("exec", "--privileged", "one", "/probe", "chmod"); !strings.Contains(got, "EPERM") {
		t.Errorf("exec --privileged says %q", got)
	}
	waitFor(t, `its log is "started"`, func() bool { return strings.TrimSpace(d.docker("logs", "one")) == "started" })
	waitFor(t, "it is healthy", func() bool {
		return strings.TrimSpace(d.docker("inspect", "--format", "{{.State.Health.Status}}", "one")) == "healthy"
	})
	d.docker("restart", "--time", "5", "one")
	if got := d.docker("exec", "one", "/probe", "chmod"); !strings.Contains(got, "EPERM") {
		t.Errorf("after a restart chmod says %q", got)
	}
	if got := must(t, d.Host, "sh", "-c", "script -qec 'docker run --rm -it --network none busybox sh -c \"test -t 0 && echo a terminal\"' /dev/null </dev/null"); !strings.Contains(got, "a terminal") {
		t.Errorf("with a terminal it says %q", got)
	}
	if got := must(t, d.Host, "sh", "-c", "echo in | docker run --rm -i --network none busybox cat"); got != "in\n" {
		t.Errorf("what is written to its stdin comes back as %q", got)
	}
	if _, err := d.Run(t.Context(), "/usr/bin/docker", "run", "--rm", "--network", "none", "busybox", "/probe", "exit:3"); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("a container that ends with 3: %v", err)
	}
	d.docker("run", "--detach", "--name", "two", "--network", "none", "busybox", "/probe", "pause")
	forgetPolicy(t, d.Host)
	if _, err := d.Run(t.Context(), "/usr/bin/docker", "run", "--rm", "--network", "none", "busybox", "/probe", "chmod"); err == nil || !strings.Contains(err.Error(), "no policy") {
		t.Errorf("without a policy a container is created, or the reason is not shown: %v", err)
	}
	d.docker("kill", "two")
	d.docker("stop", "--time", "5", "one")
	d.docker("rm", "one", "two")
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(settle); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in %v: %s", settle, what)
		}
	}
}
