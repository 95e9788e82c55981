package integration_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/bpf"
	"github.com/seccompd/seccompd/pkg/drift"
)

// driftOf runs seccompctl drift in a host, and returns what it says by the container's name or id.
func driftOf(t *testing.T, h *node.Host, args ...string) map[string]drift.Container {
	t.Helper()
	var r drift.Report
	patiently(t, func() []string {
		out := must(t, h, append([]string{"sh", "-c", `/usr/local/bin/seccompctl drift -o json "$@"; [ $? -le 1 ]`, "sh"}, args...)...)
		r = drift.Report{}
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return reasons(r)
	})
	got := map[string]drift.Container{}
	for _, c := range r.Containers {
		got[c.ID] = c
		if c.Name.Container != "" {
			got[c.Name.Container] = c
		}
	}
	return got
}

// newPolicy puts another policy in force in a host.
func newPolicy(t *testing.T, h *node.Host, policy string) {
	t.Helper()
	put(t, h, "/etc/seccompd/policy.yaml", policy, 0o644)
	must(t, h, "/usr/local/bin/seccompctl", "apply", "--policy", "/etc/seccompd/policy.yaml")
}

// editing stands behind the door in the place of a runtime: it takes a call out of the filter of a container that asks for it, as
// whatever stands there could. It is put into the host before the door.
func editing(t *testing.T, h *node.Host, path string) {
	t.Helper()
	must(t, h, "mv", path, path+".real")
	must(t, h, "sh", "-c", `printf '%s' "$1" >"$2" && chmod 755 "$2"`, "sh", fmt.Sprintf(`#!/bin/sh
bundle=
for arg do
	if [ "$bundle" = next ]; then bundle=$arg; fi
	case $arg in --bundle | -b) bundle=next ;; --bundle=*) bundle=${arg#*=} ;; esac
done
if [ -n "$bundle" ] && grep -q EDITED=1 "$bundle/config.json"; then sed -i 's/"chmod"/"kexec_load"/g' "$bundle/config.json"; fi
exec %s.real "$@"
`, path), path)
}

// drifters builds the program that does what drift has to tell apart, and returns the flag by which a container has it.
func drifters(t *testing.T, h *node.Host) []string {
	t.Helper()
	buildDrifter(t, h.Path("/var/tmp/drifter"))
	return []string{"--volume", "/var/tmp/drifter:/drifter:ro"}
}

// intrude puts a process without a filter into the namespaces and control groups of a container of a host, which are those of a
// process.
func intrude(t *testing.T, h *node.Host, pid string) {
	t.Helper()
	cmd := h.Command(context.WithoutCancel(t.Context()), joining(pid)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // the rest ends with the host
		_ = cmd.Wait()
	})
	line := make([]byte, 64)
	if n, err := out.Read(line); err != nil || !strings.Contains(string(line[:n]), "ready") {
		t.Fatalf("join process %s: %v: %s", pid, err, line[:n])
	}
}

// checkDrifters holds what is said of containers that are enforced, whatever their programs do, and of one that was joined, which
// have ids by their names.
func checkDrifters(t *testing.T, got map[string]drift.Container, id map[string]string) {
	t.Helper()
	if h := got[id["executed"]].Held; len(h) != 1 || h[0].Processes != 2 {
		t.Errorf("an executed process: held %+v", h)
	}
	if h := got[id["own"]].Held; len(h) != 1 || h[0].Filters != 2 {
		t.Errorf("a second filter: held %+v", h)
	}
	if h := got[id["thread"]].Held; len(h) != 2 {
		t.Errorf("one thread with a second filter: held %+v", h)
	}
	if p := got[id["joined"]].Processes; !slices.ContainsFunc(p, func(p drift.Process) bool { return p.Comm == "drifter" && p.Verdict == drift.Unfiltered }) {
		t.Errorf("the process without a filter: %+v", p)
	}
}

func checkEdited(t *testing.T, c drift.Container) {
	t.Helper()
	if calls := c.Calls; len(calls) == 0 || calls[0].Name != "chmod" {
		t.Errorf("the calls of the edited container: %v, want chmod", calls)
	}
}

const (
	early = "it started before the policy in force"
	past  = "no decision on it is on record: it came in by no door"
)

// wantDrifters are the verdicts on the containers that are the same with each engine.
var wantDrifters = map[string]string{
	"plain": "enforced", "unconfined": "enforced", "executed": "enforced", "own": "enforced", "thread": "enforced",
	"joined": "unfiltered: it has no filter, and its configuration has one",
	"edited": "weaker: its configuration has another filter than was decided",
	"early":  "unfiltered: it has no filter; " + early,
	"past":   "unfiltered: it has no filter, and " + past,
}

// TestDriftOfDocker looks at containers of Docker: from before the door, through it, past it by a runtime that somebody added
// since, changed behind it, with what their programs do, and then older than the policy.
func TestDriftOfDocker(t *testing.T) {
	d := newDocker(t, "runc")
	d.stop()
	editing(t, d.Host, "/usr/sbin/runc")
	put(t, d.Host, "/etc/docker/daemon.json", `{"live-restore": true}`, 0o644) // so that containers outlive the installation
	d.start()
	more, unconfined := drifters(t, d.Host), []string{"--security-opt", "seccomp=unconfined"}
	run := func(name, word string, flags ...string) {
		d.docker(slices.Concat([]string{"run", "--detach", "--network", "none", "--name", name}, more, flags, []string{"busybox", "/drifter", word})...)
		waitFor(t, name+" is ready", func() bool { return strings.Contains(d.docker("logs", name), "ready") })
	}
	run("early", "pause", unconfined...)
	run("early-confined", "pause")
	d.stop()
	door(t, d.Host, enginePolicy, "--engine", "docker")
	var settings map[string]any
	if err := json.Unmarshal([]byte(must(t, d.Host, "cat", "/etc/docker/daemon.json")), &settings); err != nil {
		t.Fatal(err)
	}
	runtimes, _ := settings["runtimes"].(map[string]any)
	runtimes["past"] = map[string]any{"path": "/usr/sbin/runc"}
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	put(t, d.Host, "/etc/docker/daemon.json", string(text), 0o644)
	d.start()
	run("plain", "pause")
	run("unconfined", "pause", unconfined...)
	run("executed", "pause")
	run("own", "own", unconfined...)
	run("thread", "thread", unconfined...)
	run("joined", "pause", unconfined...)
	run("edited", "pause", "--env", "EDITED=1", "--security-opt", "seccomp=/root/block-unshare.json")
	run("past", "pause", append([]string{"--runtime", "past"}, unconfined...)...)
	d.docker("exec", "--detach", "executed", "/drifter", "pause")
	intrude(t, d.Host, strings.TrimSpace(d.docker("inspect", "--format", "{{.State.Pid}}", "joined")))
	for _, kernel := range []bool{false, true} {
		got := driftOf(t, d.Host, kernelFlag(kernel)...)
		verdicts(t, fmt.Sprintf("kernel %v", kernel), got, wantDrifters)
		verdicts(t, fmt.Sprintf("kernel %v", kernel), got, map[string]string{"early-confined": "stale: " + early})
		checkDrifters(t, got, map[string]string{"executed": "executed", "own": "own", "thread": "thread", "joined": "joined"})
		checkEdited(t, got["edited"])
	}
	newPolicy(t, d.Host, strings.Replace(enginePolicy, "deny: [chmod]", "deny: [chmod, syncfs]", 1))
	for _, kernel := range []bool{false, true} {
		got := driftOf(t, d.Host, kernelFlag(kernel)...)
		verdicts(t, "another policy", got, map[string]string{"plain": "stale: it was decided on by an older policy", "unconfined": "stale: it was decided on by an older policy"})
		if calls := got["plain"].Calls; len(calls) == 0 || calls[0].Name != "syncfs" {
			t.Errorf("the calls of an older container: %v, want syncfs", calls)
		}
	}
	d.docker("restart", "--time", "0", "plain")
	verdicts(t, "restarted", driftOf(t, d.Host), map[string]string{"plain": "enforced", "unconfined": "stale"})
}

// TestDriftOfPodman does the same with podman on both runtimes. On crun an annotation has it load another filter than the
// configuration says.
func TestDriftOfPodman(t *testing.T) {
	for name, path := range map[string]string{"runc": "/usr/sbin/runc", "crun": "/usr/bin/crun"} {
		t.Run(name, func(t *testing.T) {
			p := newPodman(t, name)
			editing(t, p.Host, path)
			more, unconfined := drifters(t, p.Host), []string{"--security-opt", "seccomp=unconfined"}
			ids, want := map[string]string{}, map[string]string{}
			start := func(global []string, name, word string, flags ...string) {
				args := append(slices.Concat([]string{"/usr/bin/podman"}, global), p.run("--detach", "--name", name)...)
				ids[name] = strings.TrimSpace(must(t, p.Host, slices.Concat(args, more, flags, []string{"busybox", "/drifter", word})...))
				waitFor(t, name+" is ready", func() bool { return strings.Contains(p.podman("logs", name), "ready") })
			}
			start(nil, "early", "pause", unconfined...)
			door(t, p.Host, podmanPolicy, "--engine", "podman")
			start(nil, "plain", "pause")
			start(nil, "unconfined", "pause", unconfined...)
			start(nil, "executed", "pause")
			start(nil, "own", "own")
			start(nil, "thread", "thread")
			start(nil, "joined", "pause")
			start(nil, "edited", "pause", "--env", "EDITED=1", "--security-opt", "seccomp=/root/block-unshare.json")
			direct := []string{"--runtime", path}
			start(direct, "past", "pause", unconfined...)
			p.podman("exec", "--detach", "executed", "/drifter", "pause")
			intrude(t, p.Host, strings.TrimSpace(p.podman("inspect", "--format", "{{.State.Pid}}", "joined")))
			for name, verdict := range wantDrifters {
				want[ids[name]] = verdict
			}
			if name == "crun" {
				start(direct, "annotated", "pause", "--annotation", "run.oci.seccomp_bpf_data="+everyCall())
				want[ids["annotated"]] = "unknown: annotation run.oci.seccomp_bpf_data makes crun replace the filter"
			}
			for _, kernel := range []bool{false, true} {
				if kernel && name == "crun" {
					want[ids["annotated"]] = "weaker: " + past
				}
				got := driftOf(t, p.Host, kernelFlag(kernel)...)
				verdicts(t, fmt.Sprintf("kernel %v", kernel), got, want)
				checkDrifters(t, got, ids)
				checkEdited(t, got[ids["edited"]])
			}
			newPolicy(t, p.Host, strings.Replace(podmanPolicy, "deny: [chmod]", "deny: [chmod, syncfs]", 1))
			for _, kernel := range []bool{false, true} {
				got := driftOf(t, p.Host, kernelFlag(kernel)...)
				verdicts(t, "another policy", got, map[string]string{ids["plain"]: "stale: it was decided on by an older policy", ids["unconfined"]: "stale: it was decided on by an older policy"})
				if calls := got[ids["plain"]].Calls; len(calls) == 0 || calls[0].Name != "syncfs" {
					t.Errorf("the calls of an older container: %v, want syncfs", calls)
				}
			}
			p.podman("restart", "--time", "0", "plain")
			verdicts(t, "restarted", driftOf(t, p.Host), map[string]string{ids["plain"]: "enforced", ids["unconfined"]: "stale"})
		})
	}
}

// everyCall is a filter that permits every call, as crun reads it from an annotation.
func everyCall() string {
	all := bpf.Program{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
	return base64.StdEncoding.EncodeToString(all.Encode(binary.LittleEndian))
}

// buildDrifter compiles the drifter.
func buildDrifter(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-static", "-pthread", "-o", path, "testdata/drifter.c").CombinedOutput()
	if err != nil {
		t.Fatalf("build the drifter: %v: %s", err, out)
	}
}
