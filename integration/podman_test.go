package integration_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/integration/node"
)

// podmanConf is what podman needs on every machine that the tests run on: no limits that take CAP_SYS_RESOURCE, no network.
const podmanConf = `[containers]
netns = "none"
pids_limit = 0
default_ulimits = ["nofile=1024:4096", "nproc=1024:1024"]
[engine]
events_logger = "file"
cgroup_manager = "cgroupfs"
`

const podmanStorage = "[storage]\ndriver = \"vfs\"\nrunroot = \"/run/containers/storage\"\ngraphroot = \"/var/lib/containers/storage\"\n"

// podman is the distribution's podman in a host of its own.
type podman struct {
	*node.Host
	t *testing.T
	// flags choose the runtime, and what it needs on this machine.
	flags []string
	// as are the words that have a command run as somebody else than root.
	as []string
}

// command is a command line of podman.
func (p *podman) command(args ...string) []string {
	return slices.Concat(p.as, []string{"/usr/bin/podman"}, args)
}

// newPodman makes a host with podman on a runtime. crun is given a cgroup2 tree without controllers, and no cgroup for its
// containers: with one it sets a device filter up, which takes CAP_SYS_RESOURCE for the locked memory.
func newPodman(t *testing.T, runtime string) *podman {
	t.Helper()
	p := &podman{Host: newHost(t, node.HostOptions{PureCgroup2: runtime == "crun"}), t: t, flags: []string{"--cgroup-parent", ""}}
	p.flags[1] = p.CgroupParent()
	if runtime == "crun" {
		p.flags = []string{"--cgroups=disabled"}
	}
	put(t, p.Host, "/etc/containers/containers.conf", podmanConf+"runtime = \""+runtime+"\"\n", 0o644)
	put(t, p.Host, "/etc/containers/storage.conf", podmanStorage, 0o644)
	if _, err := node.BusyboxRootfs(p.Path("/var/tmp")); err != nil {
		t.Fatal(err)
	}
	p.podman("import", "/var/tmp/rootfs.tar", "busybox")
	for name, text := range dockerProfiles {
		put(t, p.Host, "/root/"+name, text, 0o644)
	}
	return p
}

func (p *podman) podman(args ...string) string {
	p.t.Helper()
	return must(p.t, p.Host, p.command(args...)...)
}

func (p *podman) run(flags ...string) []string {
	return append(append([]string{"run"}, p.flags...), flags...)
}

func (p *podman) probe(flags []string, words ...string) node.Answers {
	p.t.Helper()
	answers, err := p.Probe(p.t.Context(), p.command(slices.Concat(p.run("--rm"), flags, []string{"busybox", "/probe"}, words)...)...)
	if err != nil {
		p.t.Fatal(err)
	}
	return answers
}

var podmanCases = map[string]dockerCase{
	"plain": {
		without: map[string]string{"chmod": "EFAULT", "unshare": "ok", "mkdir": "EFAULT"},
		with:    map[string]string{"chmod": "EPERM", "mkdir": "EFAULT"},
	},
	"unconfined": {
		flags:   []string{"--security-opt", "seccomp=unconfined"},
		without: map[string]string{"chmod": "EFAULT", "unshare": "ok"},
		with:    map[string]string{"chmod": "EPERM", "unshare": "EPERM"},
	},
	"privileged": {
		flags:   []string{"--privileged"},
		without: map[string]string{"chmod": "EFAULT", "unshare-newns": "ok"},
		with:    map[string]string{"chmod": "EPERM", "unshare-newns": "EPERM"},
	},
	"a profile that blocks unshare": {
		flags:   []string{"--security-opt", "seccomp=/root/block-unshare.json"},
		without: map[string]string{"chmod": "EFAULT", "unshare": "EPERM", "mkdir": "EFAULT"},
		with:    map[string]string{"chmod": "EPERM", "unshare": "EPERM", "mkdir": "EFAULT"},
	},
}

// TestPodman starts containers in every usual way on runc and on crun, without seccompd and then with its runtime door. The
// first half is the control.
func TestPodman(t *testing.T) {
	for _, runtime := range []string{"runc", "crun"} {
		t.Run(runtime, func(t *testing.T) {
			p := newPodman(t, runtime)
			original := readTree(t, p.Path("/etc"))
			p.cases(t, "without", podmanCases, func(c dockerCase) map[string]string { return c.without })
			out := door(t, p.Host, podmanPolicy, "--engine", "podman")
			if want := `crun = ["/usr/libexec/seccompd/shims/crun"]`; !strings.Contains(out, want) {
				t.Errorf("install.sh does not say %q:\n%s", want, out)
			}
			if got, want := strings.TrimSpace(p.podman("info", "--format", "{{.Host.OCIRuntime.Path}}")), "/usr/libexec/seccompd/shims/"+runtime; got != want {
				t.Errorf("podman says that its runtime is %s, want %s", got, want)
			}
			p.cases(t, "with", podmanCases, func(c dockerCase) map[string]string { return c.with })
			t.Run("life", p.life)
			must(t, p.Host, release(t), "--uninstall", "--purge")
			after := readTree(t, p.Path("/etc"))
			ownPolicy(after)
			sameTree(t, "the uninstallation", original, after)
		})
	}
}

func (p *podman) cases(t *testing.T, prefix string, cases map[string]dockerCase, want func(dockerCase) map[string]string) {
	for name, test := range sortedCases(cases) {
		t.Run(prefix+"/"+name, func(t *testing.T) {
			var words []string
			for word := range want(test) {
				words = append(words, word)
			}
			p := &podman{p.Host, t, p.flags, p.as}
			checkAnswers(t, name, p.probe(test.flags, words...), want(test))
		})
	}
}

// life is what a container does after it was created, to its deletion after the policy is gone.
func (p *podman) life(t *testing.T) {
	p = &podman{p.Host, t, p.flags, p.as}
	p.podman(p.run("--detach", "--name", "one", "busybox", "sh", "-c", "echo started; exec /probe pause")...)
	if got := p.podman("exec", "one", "/probe", "chmod"); !strings.Contains(got, "EPERM") {
		t.Errorf("exec says %q", got)
	}
	waitFor(t, `its log is "started"`, func() bool { return p.podman("logs", "one") == "started\n" })
	p.podman("restart", "--time", "5", "one")
	if got := p.podman("exec", "one", "/probe", "chmod"); !strings.Contains(got, "EPERM") {
		t.Errorf("after a restart chmod says %q", got)
	}
	p.podman(p.run("--detach", "--name", "two", "busybox", "/probe", "pause")...)
	forgetPolicy(t, p.Host)
	args := append([]string{"/usr/bin/podman"}, p.run("--rm", "busybox", "/probe", "chmod")...)
	if _, err := p.Run(t.Context(), args...); err == nil || !strings.Contains(err.Error(), "no policy") {
		t.Errorf("without a policy a container is created, or the reason is not shown: %v", err)
	}
	p.podman("kill", "two")
	p.podman("stop", "--time", "5", "one")
	p.podman("rm", "one", "two")
}

// TestPodmanHook is the other door of podman: precreate, in a directory of hooks that no other engine reads. It decides anew at
// each start, and a container that it refuses is not created.
func TestPodmanHook(t *testing.T) {
	p := newPodman(t, "runc")
	door(t, p.Host, strings.Replace(podmanPolicy, "[runtime]", "[hook]", 1), "--engine", "podman")
	// The hook alone.
	if err := os.Remove(p.Path("/etc/containers/containers.conf.d/50-seccompd.conf")); err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, "control: without the hook", p.probe([]string{"--security-opt", "seccomp=unconfined"}, "chmod"), map[string]string{"chmod": "EFAULT"})
	hooks := []string{"--hooks-dir", "/usr/local/share/seccompd/hooks.d/podman"}
	hooked := func(flags ...string) []string {
		return append(append([]string{"/usr/bin/podman"}, hooks...), p.run(flags...)...)
	}
	for name, flags := range map[string][]string{"plain": nil, "unconfined": {"--security-opt", "seccomp=unconfined"}, "privileged": {"--privileged"}} {
		answers, err := p.Probe(t.Context(), hooked(append(append([]string{"--rm"}, flags...), "busybox", "/probe", "chmod", "mkdir")...)...)
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, name, answers, map[string]string{"chmod": "EPERM", "mkdir": "EFAULT"})
	}
	if log := must(t, p.Host, "cat", "/var/log/seccompd/decisions.jsonl"); !strings.Contains(log, `"hook"`) {
		t.Errorf("the decision log does not name the door:\n%s", log)
	}
	forgetPolicy(t, p.Host)
	if out, err := p.Run(t.Context(), hooked("--rm", "busybox", "/probe", "chmod")...); err == nil {
		t.Errorf("without a policy a container is created: %s", out)
	}
}

// TestVerifyHook runs at poststart. On runc a container that came in by no door, or whose filter was changed behind it, is refused before
// its program starts; crun has started it by then. What the hook finds is on record in any case, and in audit that is all.
func TestVerifyHook(t *testing.T) {
	for runtime, path := range map[string]string{"runc": "/usr/sbin/runc", "crun": "/usr/bin/crun"} {
		t.Run(runtime, func(t *testing.T) {
			p := newPodman(t, runtime)
			behind(t, p.Host, path)
			door(t, p.Host, podmanPolicy, "--engine", "podman")
			run := func(name string, flags ...string) (string, error) {
				args := []string{"/usr/bin/podman", "--hooks-dir", "/usr/local/share/seccompd/hooks.d/runc"}
				args = append(args, p.run(append([]string{"--name", name, "--security-opt", "seccomp=unconfined"}, flags...)...)...)
				// crun lets the program run before the hook, which must find it.
				return p.Run(t.Context(), append(args, "busybox", "sh", "-c", "/probe chmod; [ "+runtime+" = runc ] || sleep 2")...)
			}
			found := func(name, result, what string) {
				t.Helper()
				id := strings.TrimSpace(p.podman("inspect", "--format", "{{.Id}}", name))
				log := must(t, p.Host, "cat", "/var/log/seccompd/decisions.jsonl")
				if runtime == "crun" { // podman does not wait for it
					waitFor(t, name+" is on record", func() bool {
						log = must(t, p.Host, "cat", "/var/log/seccompd/decisions.jsonl")
						return strings.Contains(log, what)
					})
				}
				said := must(t, p.Host, "/usr/local/bin/seccompctl", "explain", id)
				if !strings.Contains(said, result) || !strings.Contains(said, what) || !strings.Contains(said, "hook-") {
					t.Errorf("%s is explained as\n%s\nwant %s: %s; the log has\n%s", name, said, result, what, log)
				}
			}
			// Who is refused on runc, and goes on under crun as it was started.
			stopped := func(name, out string, err error) {
				t.Helper()
				switch {
				case runtime == "runc" && (err == nil || strings.Contains(out, "chmod =")):
					t.Errorf("%s ran: %s", name, out)
				case runtime == "crun" && (err != nil || !strings.Contains(out, "chmod = -14 EFAULT")):
					t.Errorf("%s does not go on: %v %s", name, err, out)
				}
			}
			if out, err := run("through"); err != nil || !strings.Contains(out, "chmod = -1 EPERM") {
				t.Errorf("through the door: %v %s", err, out)
			}
			out, err := run("deceived", "--env", "DECEIVED=1")
			stopped("deceived", out, err)
			found("deceived", "refused", map[string]string{"runc": "a weaker filter than the policy gives it", "crun": "the kernel"}[runtime])

			newPolicy(t, p.Host, strings.Replace(podmanPolicy, "mode: enforce", "mode: audit", 1))
			if out, err := run("audited", "--env", "DECEIVED=1"); err != nil || !strings.Contains(out, "chmod = -14 EFAULT") {
				t.Errorf("in audit: %v %s", err, out)
			}
			newPolicy(t, p.Host, podmanPolicy)
			must(t, p.Host, "rm", "/etc/containers/containers.conf.d/50-seccompd.conf")
			out, err = run("past")
			stopped("past", out, err)
			found("past", "refused", "it came in by no door")
			control := p.command(p.run("--rm", "--security-opt", "seccomp=unconfined", "busybox", "/probe", "chmod")...)
			answers, err := p.Probe(t.Context(), control...)
			if err != nil {
				t.Fatal(err)
			}
			checkAnswers(t, "control: without the hook", answers, map[string]string{"chmod": "EFAULT"})
		})
	}
}

// behind puts a runtime behind the door that loads a filter without chmod for a container that asks for it, and leaves the
// configuration as it was.
func behind(t *testing.T, h *node.Host, path string) {
	t.Helper()
	must(t, h, "mv", path, path+".real")
	must(t, h, "sh", "-c", `printf '%s' "$1" >"$2" && chmod 755 "$2"`, "sh", fmt.Sprintf(`#!/bin/sh
bundle=
for arg do
	if [ "$bundle" = next ]; then bundle=$arg; fi
	case $arg in --bundle | -b) bundle=next ;; --bundle=*) bundle=${arg#*=} ;; esac
done
if [ -z "$bundle" ] || ! grep -q DECEIVED=1 "$bundle/config.json"; then exec %[1]s.real "$@"; fi
cp -p "$bundle/config.json" "$bundle/config.before"
sed -i 's/"chmod"/"kexec_load"/g' "$bundle/config.json"
%[1]s.real "$@"
code=$?
mv "$bundle/config.before" "$bundle/config.json"
exit $code
`, path), path)
}

// TestDivert closes the last way round for those who call runc by its path, and gives the path back.
func TestDivert(t *testing.T) {
	p := newPodman(t, "runc")
	before := must(t, p.Host, "sha256sum", "/usr/sbin/runc", "/usr/bin/crun")
	byPath := append([]string{"/usr/bin/podman", "--runtime", "/usr/sbin/runc"}, p.run("--rm", "busybox", "/probe", "chmod")...)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--engine", "podman"}, "EFAULT"}, // the control
		{[]string{"--engine", "podman", "--divert"}, "EPERM"},
		{[]string{"--engine", "podman"}, "EPERM"}, // what is diverted stays so
	} {
		door(t, p.Host, podmanPolicy, test.args...)
		answers, err := p.Probe(t.Context(), byPath...)
		if err != nil {
			t.Fatal(err)
		}
		checkAnswers(t, strings.Join(test.args, " "), answers, map[string]string{"chmod": test.want})
	}
	if out := must(t, p.Host, release(t), "--engine", "podman", "--divert"); !strings.Contains(out, "nothing changes") {
		t.Errorf("a second time it says\n%s", out)
	}
	if list := must(t, p.Host, "dpkg-divert", "--list", "*runc*"); !strings.Contains(list, "/usr/sbin/runc.distrib") {
		t.Errorf("dpkg knows of %q", list)
	}
	must(t, p.Host, release(t), "--uninstall", "--purge")
	if after := must(t, p.Host, "sha256sum", "/usr/sbin/runc", "/usr/bin/crun"); after != before {
		t.Errorf("the runtimes are\n%s, and were\n%s", after, before)
	}
	if left := must(t, p.Host, "sh", "-c", "dpkg-divert --list; find /usr /etc -name '*.distrib'; ls -d /usr/libexec/seccompd 2>/dev/null || true"); left != "" {
		t.Errorf("it left behind\n%s", left)
	}
}

// TestPodmanAsShipped enforces what install.sh puts in force by itself: a container that asks for no filter gets podman's own.
func TestPodmanAsShipped(t *testing.T) {
	p := newPodman(t, "runc")
	must(t, p.Host, release(t), "--engine", "podman", "--enforce")
	for name, test := range map[string]struct{ flag, want string }{
		"unconfined": {"--security-opt=seccomp=unconfined", "Seccomp:\t2"},
		"privileged": {"--privileged", "Seccomp:\t0"}, // kept, as the policy says
	} {
		if out := p.podman(p.run("--rm", test.flag, "busybox", "/probe", "status")...); !strings.Contains(out, test.want) {
			t.Errorf("%s: its status is\n%s, want %s", name, out, test.want)
		}
	}
}
