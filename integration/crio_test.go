package integration_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
)

const crioConfig = `[crio.runtime]
default_runtime = "runc"
[crio.runtime.runtimes.runc]
runtime_path = "/usr/libexec/crio/runc"
runtime_root = "/run/runc"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/libexec/crio/crun"
runtime_root = "/run/crun"
`

const crioPolicy = `apiVersion: seccompd/v1
kind: NodePolicy
mode: enforce
doors: [runtime]
floor:
  deny: [chmod]
rules:
- {name: pause, match: {containerKinds: [sandbox]}, action: replace, profile: {type: Localhost, localhostProfile: block-unshare.json}}
- {name: closed, match: {namespaces: [closed]}, action: refuse, message: "this namespace is closed"}
- name: db
  match: {engines: [kubernetes], namespaces: [prod], pods: ["db-*"], containers: [db], images: ["db:*"], labels: ["app=db"]}
  action: replace
  profile: {base: RuntimeDefault, deny: [mkdir]}
default:
  action: keep
`

// crio stands in for CRI-O, which cannot be had everywhere: it has the monitor that CRI-O starts for each container start it with
// the arguments and the environment that CRI-O's source has, the annotations that it writes, and the runtime that its
// configuration names.
type crio struct {
	*node.Host
	t       *testing.T
	runtime string
}

// path is where the configuration leads, CRI-O's own and then seccompd's part of it.
func (c *crio) path() string {
	path := "/usr/sbin/runc"
	if c.runtime == "crun" {
		path = "/usr/local/sbin/crun"
	}
	text, err := os.ReadFile(c.Path("/etc/crio/crio.conf.d/50-seccompd.conf"))
	if err != nil {
		return path
	}
	_, handler, _ := strings.Cut(string(text), "[crio.runtime.runtimes."+c.runtime+"]")
	return regexp.MustCompile(`runtime_path = '(.*)'`).FindStringSubmatch(handler)[1]
}

// create creates a container and returns what the monitor tells CRI-O of it: its pid, or the reason why there is none.
func (c *crio) create(id string, filter *specs.LinuxSeccomp, annotations map[string]string, args ...string) (pid int, message string) {
	c.t.Helper()
	capabilities := []string{"CAP_CHOWN", "CAP_NET_RAW", "CAP_SETUID", "CAP_SETGID"}
	spec := specs.Spec{
		Version:     "1.0.2",
		Process:     &specs.Process{Args: args, Cwd: "/", Capabilities: &specs.LinuxCapabilities{Bounding: capabilities, Effective: capabilities, Permitted: capabilities}},
		Root:        &specs.Root{Path: "/var/tmp/root"},
		Mounts:      []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}, {Destination: "/dev", Type: "tmpfs", Source: "tmpfs"}},
		Annotations: map[string]string{"io.container.manager": "cri-o", "io.kubernetes.cri-o.ContainerID": id, "io.kubernetes.cri-o.TTY": "false"},
		Linux: &specs.Linux{
			Seccomp: filter, CgroupsPath: c.CgroupParent() + "/" + id,
			Namespaces: []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.PIDNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace}},
		},
	}
	maps.Copy(spec.Annotations, annotations)
	text, err := json.Marshal(spec)
	if err != nil {
		c.t.Fatal(err)
	}
	bundle := "/run/containers/storage/overlay-containers/" + id + "/userdata"
	put(c.t, c.Host, bundle+"/config.json", string(text), 0o644)
	must(c.t, c.Host, "sh", "-c", `cd "$1" && mkdir -p /var/run/crio/exits && exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin _OCI_SYNCPIPE=3 _OCI_STARTPIPE=4 conmon -b "$1" -c "$2" \
		--exit-dir /var/run/crio/exits -l "$1/log" --log-level info -n "k8s_$2" -P "$1/conmon-pidfile" -p "$1/pidfile" --persist-dir "$1" -r "$3" --runtime-arg "--root=/run/$4" \
		--socket-dir-path /var/run/crio --syslog -u "$2" 3>"$1/sync" 4</dev/zero >/dev/null 2>&1 </dev/null`, "sh", bundle, id, c.path(), c.runtime)
	var told struct {
		Pid     int
		Message string
	}
	waitFor(c.t, "the monitor tells how it went", func() bool {
		text, err = os.ReadFile(c.Path(bundle + "/sync"))
		return err == nil && json.Unmarshal(text, &told) == nil
	})
	return told.Pid, told.Message
}

// ask starts a container that was created and returns what the probe in it was told.
func (c *crio) ask(id, last string) node.Answers {
	c.t.Helper()
	c.start(id)
	var answers node.Answers
	waitFor(c.t, "the container says what it was told", func() bool {
		text, err := os.ReadFile(c.Path("/run/containers/storage/overlay-containers/" + id + "/userdata/log"))
		if err != nil {
			return false
		}
		var lines strings.Builder
		for line := range strings.Lines(string(text)) {
			if fields := strings.SplitN(line, " ", 4); len(fields) == 4 {
				lines.WriteString(fields[3])
			}
		}
		answers, err = node.ParseAnswers(lines.String())
		_, ok := answers[last]
		return err == nil && ok
	})
	return answers
}

func (c *crio) start(id string) {
	c.t.Helper()
	must(c.t, c.Host, c.path(), "--root=/run/"+c.runtime, "start", id)
}

func (c *crio) remove(id string) {
	c.t.Helper()
	must(c.t, c.Host, c.path(), "--root=/run/"+c.runtime, "delete", "--force", id)
}

// podOf are the annotations that name a pod's container, as CRI-O copies them from the labels of a kubelet, and its own.
func podOf(namespace, pod, container string) map[string]string {
	kind, image := "container", "db:1"
	if container == "POD" {
		kind, image = "sandbox", "pause:3.10"
	}
	return map[string]string{
		"io.kubernetes.pod.namespace": namespace, "io.kubernetes.pod.name": pod, "io.kubernetes.pod.uid": "u", "io.kubernetes.container.name": container,
		"io.kubernetes.cri-o.ContainerType": kind, "io.kubernetes.cri-o.ImageName": image, "io.kubernetes.cri-o.Labels": fmt.Sprintf(`{"app":%q}`, strings.TrimSuffix(pod, "-0")),
	}
}

// TestCRIOsMonitor creates containers of pods, and a pause container, as CRI-O has its monitor create them. The control is the same
// before the installation.
func TestCRIOsMonitor(t *testing.T) {
	for _, runtime := range []string{"runc", "crun"} {
		t.Run(runtime, func(t *testing.T) {
			c := &crio{newHost(t, node.HostOptions{PureCgroup2: runtime == "crun"}), t, runtime}
			if runtime == "crun" {
				weakenCrun(t, c.Host)
			}
			put(t, c.Host, "/etc/crio/crio.conf", crioConfig, 0o644)
			if _, err := node.BusyboxRootfs(c.Path("/var/tmp")); err != nil {
				t.Fatal(err)
			}
			must(t, c.Host, "sh", "-c", "mkdir /var/tmp/root && tar -C /var/tmp/root -xf /var/tmp/rootfs.tar")
			probe := []string{"/probe", "unshare", "mkdir", "chmod"}
			eperm := uint(1)
			own := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: []specs.LinuxSyscall{{Names: []string{"unshare"}, Action: specs.ActErrno, ErrnoRet: &eperm}}}
			for round, its := range []struct {
				db, other, filtered map[string]string
				pause               string
			}{
				{map[string]string{"mkdir": "EFAULT", "chmod": "EFAULT"}, map[string]string{"mkdir": "EFAULT", "chmod": "EFAULT"}, map[string]string{"unshare": "EPERM", "chmod": "EFAULT"}, "Seccomp:\t0"},
				{map[string]string{"mkdir": "EPERM", "chmod": "EPERM"}, map[string]string{"mkdir": "EFAULT", "chmod": "EPERM"}, map[string]string{"unshare": "EPERM", "chmod": "EPERM"}, "Seccomp:\t2"},
			} {
				if round == 1 {
					door(t, c.Host, crioPolicy, "--engine", "crio")
				}
				run := func(id string, filter *specs.LinuxSeccomp, annotations map[string]string, want map[string]string) {
					t.Helper()
					if pid, message := c.create(id, filter, annotations, probe...); pid <= 0 {
						t.Fatalf("%s was not created: %s", id, message)
					}
					checkAnswers(t, id, c.ask(id, "chmod"), want)
					c.remove(id)
				}
				run(fmt.Sprintf("db%d", round), nil, podOf("prod", "db-0", "db"), its.db)
				run(fmt.Sprintf("web%d", round), nil, podOf("prod", "web-0", "db"), its.other)
				run(fmt.Sprintf("filtered%d", round), own, podOf("prod", "web-0", "web"), its.filtered)
				pause := fmt.Sprintf("pause%d", round)
				pid, message := c.create(pause, nil, podOf("prod", "db-0", "POD"), "/probe", "pause")
				if pid <= 0 {
					t.Fatal("the pause container was not created: ", message)
				}
				c.start(pause)
				waitFor(t, "the pause container has its filter: "+its.pause, func() bool {
					return strings.Contains(must(t, c.Host, "cat", fmt.Sprintf("/proc/%d/status", pid)), its.pause)
				})
				c.remove(pause)
				pid, message = c.create(fmt.Sprintf("closed%d", round), nil, podOf("closed", "db-0", "db"), probe...)
				if refused := pid <= 0 && strings.Contains(message, "this namespace is closed"); refused != (round == 1) {
					t.Errorf("round %d, a container that the policy refuses: pid %d, %s", round, pid, message)
				}
			}
		})
	}
}
