package integration_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
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
	patiently(t, func() (reasons []string) {
		out := must(t, h, append([]string{"sh", "-c", `/usr/local/bin/seccompctl drift -o json "$@"; [ $? -le 1 ]`, "sh"}, args...)...)
		r = drift.Report{}
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for _, c := range r.Containers {
			reasons = append(reasons, c.Reason)
		}
		return reasons
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

// TestDriftOfDocker looks at containers of Docker: well, by their names, and then older than the policy.
func TestDriftOfDocker(t *testing.T) {
	d := newDocker(t, "runc")
	d.stop()
	door(t, d.Host, enginePolicy, "--engine", "docker")
	d.start()
	for name, flags := range map[string][]string{"plain": nil, "unconfined": {"--security-opt", "seccomp=unconfined"}, "executed": nil} {
		d.docker(slices.Concat([]string{"run", "--detach", "--network", "none", "--name", name}, flags, []string{"busybox", "/probe", "pause"})...)
	}
	d.docker("exec", "--detach", "executed", "/probe", "pause")
	for _, kernel := range []bool{false, true} {
		got := driftOf(t, d.Host, kernelFlag(kernel)...)
		verdicts(t, "as decided", got, map[string]string{"plain": "enforced", "unconfined": "enforced", "executed": "enforced"})
		if h := got["executed"].Held; len(h) != 1 || h[0].Processes != 2 {
			t.Errorf("an executed process: held %+v", h)
		}
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

// TestDriftOfPodman looks at containers of podman on both runtimes: from before the door, through it, past it, and on crun one
// of which an annotation has crun load another filter than its configuration says.
func TestDriftOfPodman(t *testing.T) {
	for _, name := range []string{"runc", "crun"} {
		t.Run(name, func(t *testing.T) {
			p := newPodman(t, name)
			start := func(id string, global []string, flags ...string) string {
				args := append(slices.Concat([]string{"/usr/bin/podman"}, global), p.run("--detach", "--name", id)...)
				return strings.TrimSpace(must(t, p.Host, slices.Concat(args, flags, []string{"busybox", "/probe", "pause"})...))
			}
			unconfined := []string{"--security-opt", "seccomp=unconfined"}
			early := start("early", nil, unconfined...)
			door(t, p.Host, podmanPolicy, "--engine", "podman")
			plain, open := start("plain", nil), start("open", nil, unconfined...)
			past := []string{"--runtime", map[string]string{"runc": "/usr/sbin/runc", "crun": "/usr/bin/crun"}[name]}
			beside := start("past", past, unconfined...)
			want := map[string]string{
				early: "unfiltered: it has no filter; it started before the policy in force", plain: "enforced", open: "enforced",
				beside: "unfiltered: it has no filter, and no decision on it is on record: it came in by no door",
			}
			annotated := ""
			if name == "crun" {
				all := bpf.Program{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
				data := base64.StdEncoding.EncodeToString(all.Encode(binary.LittleEndian))
				annotated = start("annotated", past, "--annotation", "run.oci.seccomp_bpf_data="+data)
				want[annotated] = "unknown: annotation run.oci.seccomp_bpf_data makes crun replace the filter"
			}
			verdicts(t, "by the spec", driftOf(t, p.Host), want)
			if annotated != "" {
				want[annotated] = "weaker: no decision on it is on record: it came in by no door"
			}
			verdicts(t, "by the kernel", driftOf(t, p.Host, "--kernel"), want)
		})
	}
}
