package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/workload"
)

// loggingPolicy has a rule for each action, which a container chooses by a capability, and logs.
func loggingPolicy() string {
	policy := "apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\ndoors: [runtime]\nlogDenials: true\nrules:\n"
	for action, capability := range chosenBy {
		policy += fmt.Sprintf("- {name: the-%[1]s-rule, match: {capabilities: {anyOf: [%[2]s]}}, action: replace, profile: {type: Localhost, localhostProfile: %[1]s.json}}\n", action, capability)
	}
	return policy + "default: {action: keep}\n"
}

var chosenBy = map[string]string{"errno": "SYS_BOOT", "kill": "SYS_TIME", "log": "SYS_NICE"}

// engineDenials is a node with an engine that is not CRI, behind the runtime door. The daemon is outside of the engine's host: records
// are read in the machine's own namespaces only.
type engineDenials struct {
	engine workload.Engine
	daemon *node.Daemon
	// run starts a container with a capability in which nothing happens, and returns its id; exec runs the probe in it.
	run  func(t *testing.T, name, capability string) string
	exec func(t *testing.T, id string, words ...string) string
}

// TestDenialsOfEngines makes a call that is denied, by each action and each ABI, in containers that came through the runtime door: the
// log has each with its container, rule and call. The processes have exited when somebody asks.
func TestDenialsOfEngines(t *testing.T) {
	for name, start := range map[string]func(*testing.T) engineDenials{"ctr": denialsOfCtr, "docker": denialsOfDocker, "podman": denialsOfPodman} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			needAudit(t, e.daemon)
			f := follow(t, e.daemon)
			for name, action := range denialActions {
				id := e.run(t, name, chosenBy[name])
				for try := 1; ; try++ {
					e.exec(t, id, "64:272:0", "32:310:0")
					var missing []specs.Arch
					for _, arch := range []specs.Arch{specs.ArchX86_64, specs.ArchX86} {
						is := func(one denial.Denial) bool {
							c := one.Container
							return c.ID == id && c.Engine == e.engine && c.Rule == "the-"+name+"-rule" && c.Profile == name+".json" &&
								one.Syscall == "unshare" && one.Arch == arch && one.Action == action && one.Exe == "/probe"
						}
						if f.wait(1, is) == 0 {
							missing = append(missing, arch)
						}
					}
					if len(missing) == 0 {
						break
					}
					// In a flood of somebody else's the kernel throws records away, and says so.
					s, err := denial.ReadStatus(e.daemon.Options.RunDir)
					if err != nil || s.KernelLost+s.Overruns+s.ProcessOverruns == 0 || try == 3 {
						t.Errorf("%s on %v: no denial of the container is followed: %+v, %+v, %v", name, missing, f.seen, s.Stats, err)
						break
					}
				}
			}
		})
	}
}

// outside starts the daemon beside a host, on the host's policy and logs.
func outside(t *testing.T, h *node.Host) *node.Daemon {
	t.Helper()
	d := newNode(t, node.Options{}).Daemon(node.DaemonOptions{
		Policy: h.Path("/etc/seccompd/policy.yaml"), Profiles: []string{h.Path("/etc/seccompd/profiles")}, StateDir: h.Path("/var/lib/seccompd"),
		Decisions: h.Path("/var/log/seccompd/decisions.jsonl"),
	})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// loggingDoor installs the door for an engine, with a runc that takes the flag by which the kernel logs.
func loggingDoor(t *testing.T, h *node.Host, engine string) {
	t.Helper()
	must(t, h, "cp", "--remove-destination", real(t, "runc"), "/usr/sbin/runc")
	writeProfiles(t, h.Path("/etc/seccompd/profiles"))
	door(t, h, loggingPolicy(), "--engine", engine)
}

func writeProfiles(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, action := range denialActions {
		writeJSON(t, filepath.Join(dir, name+".json"), denyUnshare(action))
	}
}

func denialsOfDocker(t *testing.T) engineDenials {
	d := newDocker(t, "runc")
	d.stop()
	loggingDoor(t, d.Host, "docker")
	d.start()
	return engineDenials{
		engine: workload.EngineDocker, daemon: outside(t, d.Host),
		run: func(_ *testing.T, name, capability string) string {
			return strings.TrimSpace(d.docker("run", "--detach", "--network", "none", "--name", name, "--cap-add", capability, "busybox", "/probe", "pause"))
		},
		exec: func(_ *testing.T, id string, words ...string) string {
			return d.docker(append([]string{"exec", id, "/probe"}, words...)...)
		},
	}
}

func denialsOfPodman(t *testing.T) engineDenials {
	p := newPodman(t, "runc")
	loggingDoor(t, p.Host, "podman")
	return engineDenials{
		engine: workload.EnginePodman, daemon: outside(t, p.Host),
		run: func(_ *testing.T, name, capability string) string {
			return strings.TrimSpace(p.podman(slices.Concat(p.run("--detach", "--name", name, "--cap-add", capability), []string{"busybox", "/probe", "pause"})...))
		},
		exec: func(_ *testing.T, id string, words ...string) string {
			return p.podman(append([]string{"exec", id, "/probe"}, words...)...)
		},
	}
}

func denialsOfCtr(t *testing.T) engineDenials {
	s := newShim(t, "")
	n := shimNode(t, s, node.Options{})
	writeFile(t, s.dir+"/policy.yaml", loggingPolicy())
	writeProfiles(t, s.dir+"/profiles")
	daemon := n.Daemon(node.DaemonOptions{
		Policy: s.dir + "/policy.yaml", Profiles: []string{s.dir + "/profiles"}, StateDir: s.dir + "/state", RunDir: s.dir + "/run", Decisions: s.dir + "/decisions.jsonl",
	})
	if err := daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return engineDenials{
		engine: workload.EngineContainerd, daemon: daemon,
		run: func(t *testing.T, name, capability string) string {
			if _, err := run(t.Context(), t, n, []string{"--detach", "--cap-add", "CAP_" + capability, "--cgroup", "/" + filepath.Base(n.Dir()) + "/" + named(n, name)}, name, "/probe", "pause"); err != nil {
				t.Fatal(err)
			}
			return named(n, name)
		},
		exec: func(t *testing.T, id string, words ...string) string {
			out, err := ctr(t.Context(), n, append([]string{"task", "exec", "--exec-id", "e", id, "/probe"}, words...)...)
			if err != nil {
				t.Fatal(out, err)
			}
			return out
		},
	}
}
