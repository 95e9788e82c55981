package integration_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/drift"
)

// The floors of the tests deny calls that the default profiles permit and no runtime needs.
const (
	firstFloor  = "floor: {deny: [mincore]}\n"
	secondFloor = "floor: {deny: [mincore, syncfs]}\n"
)

// TestDriftOfPods looks at containers of CRI: those from before seccompd, those of an older policy, and those that are well.
func TestDriftOfPods(t *testing.T) {
	t.Parallel()
	d := newDriftNode(t, policyText("enforce", firstFloor+keepAll))
	pod := runPod(t, d.Node, node.PodSpec{})
	start := func(spec node.ContainerSpec) string {
		c, err := pod.Run(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	early, confined := start(node.ContainerSpec{}), start(node.ContainerSpec{Seccomp: node.RuntimeDefault})
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	unset, normal := start(node.ContainerSpec{}), start(node.ContainerSpec{Seccomp: node.RuntimeDefault})
	ids := d.drifters(t, pod)
	for _, kernel := range []bool{false, true} {
		got := d.drift(t, kernelFlag(kernel)...)
		verdicts(t, fmt.Sprintf("first policy, kernel %v", kernel), got, map[string]string{
			early:    "unfiltered: it has no filter; it started before the policy in force",
			confined: "stale: it started before the policy in force",
			unset:    "enforced", normal: "enforced", ids["executed"]: "enforced", ids["own"]: "enforced", ids["thread"]: "enforced",
			ids["joined"]: "unfiltered: it has no filter, and its configuration has one",
		})
		checkDrifters(t, got, ids)
	}
	d.apply(t, policyText("enforce", secondFloor+keepAll))
	newest := start(node.ContainerSpec{})
	for _, kernel := range []bool{false, true} {
		got := d.drift(t, kernelFlag(kernel)...)
		verdicts(t, fmt.Sprintf("second policy, kernel %v", kernel), got, map[string]string{
			early: "unfiltered", unset: "stale: it was decided on by an older policy", normal: "stale: it was decided on by an older policy", newest: "enforced",
		})
		if calls := got[normal].Calls; len(calls) == 0 || calls[0].Name != "syncfs" {
			t.Errorf("the calls that the stale container may make: %v, want syncfs", calls)
		}
	}
}

// drifters are containers of a pod whose programs do what is no drift, and one that is joined; their ids by their names.
func (d *driftNode) drifters(t *testing.T, pod *node.Pod) map[string]string {
	t.Helper()
	ids := map[string]string{}
	for name, word := range map[string]string{"executed": "pause", "own": "own", "thread": "thread", "joined": "pause"} {
		c, err := pod.Run(t.Context(), node.ContainerSpec{
			Args: []string{"/drifter", word}, Mounts: []node.Mount{{Host: filepath.Join(d.rootfs, "drifter"), Container: "/drifter", ReadOnly: true}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = c.ID
		waitFor(t, name+" is ready", func() bool {
			said, err := c.Logs()
			return err == nil && strings.Contains(said, "ready")
		})
		switch name {
		case "executed":
			if _, err := c.Exec(t.Context(), "/bin/sh", "-c", "/drifter pause </dev/null >/dev/null 2>&1 &"); err != nil {
				t.Fatal(err)
			}
		case "joined":
			pid, err := c.Pid(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			join(t, pid)
		}
	}
	return ids
}

func kernelFlag(on bool) []string {
	if on {
		return []string{"--kernel"}
	}
	return nil
}

// apply puts another policy in force.
func (d *driftNode) apply(t *testing.T, policy string) {
	t.Helper()
	old := inForce(t, d.daemon)
	if err := replaceFile(d.daemon.Options.Policy, policy); err != nil {
		t.Fatal(err)
	}
	waitForPolicy(t, d.daemon, old)
}

// TestDriftOfContainers looks at containers of ctr, through the runtime door and past it.
func TestDriftOfContainers(t *testing.T) {
	t.Parallel()
	bothDoors := func(policy string) string {
		return strings.Replace(policyText("enforce", policy), "[nri]", "[nri, runtime]", 1)
	}
	d := newDriftNode(t, bothDoors(firstFloor+keepAll))
	runc := built(t, "runc")
	d.run(t, runc, "early", "pause")
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.run(t, d.door, "plain", "pause")
	d.run(t, d.door, "default", "pause", "--seccomp")
	d.run(t, d.door, "own", "own")
	d.run(t, d.door, "thread", "thread")
	d.run(t, d.door, "joined", "pause")
	d.run(t, d.door, "executed", "pause")
	d.run(t, runc, "past", "pause")
	d.run(t, runc, "past-with-filter", "pause", "--seccomp")
	d.run(t, runc, "past-in-shim", "pause", "--annotation", "io.containerd.runc.v2.group=foreign")
	d.run(t, runc, "past-joined", "pause", "--annotation", "io.containerd.runc.v2.group=foreign") // that one's shim
	d.ctr(t, "tasks", "exec", "--fifo-dir", fifos(d.Node), "--detach", "--exec-id", "more", "executed", "/drifter", "pause")
	d.run(t, script(t, filepath.Join(d.Dir(), "runsc"), "exec "+runc+" \"$@\"\n"), "guest", "pause") // gVisor by its name
	d.annotated(t, "annotated")
	intruder := join(t, d.pid(t, "joined"))

	want := map[string]string{
		"plain": "enforced", "default": "enforced", "own": "enforced", "thread": "enforced", "executed": "enforced",
		"joined":           "unfiltered: it has no filter, and its configuration has one",
		"early":            "unfiltered: it has no filter; " + early,
		"past":             "unfiltered: it has no filter, and " + past,
		"past-with-filter": "weaker: " + past,
		"past-joined":      "unfiltered: it has no filter, and " + past,
		"past-in-shim":     "unfiltered: it has no filter, and " + past,
		"annotated":        "unknown: annotation run.oci.seccomp_bpf_data makes crun replace the filter",
		"guest":            "unverified",
	}
	for _, kernel := range []bool{false, true} {
		if kernel {
			want["annotated"] = "weaker: " + past
		}
		got := d.drift(t, kernelFlag(kernel)...)
		verdicts(t, fmt.Sprintf("kernel %v", kernel), got, want)
		if p := got["joined"].Processes; !slices.ContainsFunc(p, func(p drift.Process) bool { return p.PID == intruder }) {
			t.Errorf("the process without a filter: %+v, want pid %d", p, intruder)
		}
		if h := got["own"].Held; len(h) != 1 || h[0].Filters != 2 {
			t.Errorf("a second filter: held %+v", h)
		}
		if h := got["thread"].Held; len(h) != 2 {
			t.Errorf("one thread with a second filter: held %+v", h)
		}
		if h := got["executed"].Held; len(h) != 1 || h[0].Processes != 2 {
			t.Errorf("an executed process: held %+v", h)
		}
		if calls := got["past-with-filter"].Calls; len(calls) == 0 || calls[0].Name != "mincore" {
			t.Errorf("the calls of a container that came in by no door: %v, want mincore", calls)
		}
	}
	d.exposed(t)

	d.apply(t, bothDoors(secondFloor+keepAll))
	d.run(t, d.door, "newest", "pause")
	for _, kernel := range []bool{false, true} {
		got := d.drift(t, kernelFlag(kernel)...)
		verdicts(t, fmt.Sprintf("second policy, kernel %v", kernel), got, map[string]string{
			"plain": "stale: it was decided on by an older policy", "default": "stale: it was decided on by an older policy", "newest": "enforced",
		})
		if calls := got["default"].Calls; len(calls) == 0 || calls[0].Name != "syncfs" {
			t.Errorf("the calls that the stale container may make: %v, want syncfs", calls)
		}
	}
}

// annotated starts a container on crun, past the door, for which an annotation has crun load a filter that permits everything.
func (d *driftNode) annotated(t *testing.T, id string) {
	t.Helper()
	s := &shim{dir: t.TempDir(), values: map[string]any{}}
	s.settings = filepath.Join(s.dir, "runtime.json")
	s.unpackCrun(t)
	d.run(t, s.withOlderCrun(t), id, "pause", "--seccomp", "--annotation", "run.oci.seccomp_bpf_data="+everyCall())
}

// TestDriftOfEditedSpec has somebody behind the runtime door change the filter before it is loaded.
func TestDriftOfEditedSpec(t *testing.T) {
	t.Parallel()
	d := newDriftNode(t, strings.Replace(policyText("enforce", firstFloor+keepAll), "[nri]", "[nri, runtime]", 1))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(d.Dir(), "editing"), 0o755); err != nil {
		t.Fatal(err)
	}
	editing := script(t, filepath.Join(d.Dir(), "editing", "runc"), fmt.Sprintf(`bundle=
for arg do
	if [ "$bundle" = next ]; then bundle=$arg; fi
	if [ "$arg" = --bundle ]; then bundle=next; fi
done
if [ -n "$bundle" ]; then sed -i 's/"mincore"/"kexec_load"/g' "$bundle/config.json"; fi
exec %s "$@"
`, built(t, "runc")))
	d.run(t, d.doorTo(t, editing), "edited-spec", "pause")
	for _, kernel := range []bool{false, true} {
		got := d.drift(t, kernelFlag(kernel)...)
		verdicts(t, fmt.Sprintf("kernel %v", kernel), got, map[string]string{"edited-spec": "weaker: its configuration has another filter than was decided"})
		if calls := got["edited-spec"].Calls; len(calls) == 0 || calls[0].Name != "mincore" {
			t.Errorf("the calls of the edited container: %v, want mincore", calls)
		}
	}
}

// exposed holds the verb of that name to the containers of TestDriftOfContainers.
func (d *driftNode) exposed(t *testing.T) {
	t.Helper()
	for call, want := range map[string]string{
		"mincore":        "early past past-with-filter past-in-shim past-joined joined guest",
		"socket:AF_INET": "plain default own thread joined executed past past-with-filter past-in-shim past-joined guest",
		"mount":          "plain own thread joined executed past past-in-shim past-joined guest",
	} {
		for _, kernel := range []bool{false, true} {
			var e drift.Exposure
			patiently(t, func() []string {
				e = drift.Exposure{}
				d.ask(t, &e, append([]string{"exposed", call}, kernelFlag(kernel)...)...)
				var reasons []string
				for _, o := range e.Owners {
					for _, c := range o.Containers {
						if !strings.HasPrefix(c.ID, "pid:") {
							reasons = append(reasons, c.Reason)
						}
					}
				}
				return reasons
			})
			got := map[string]drift.Can{}
			for _, o := range e.Owners {
				for _, c := range o.Containers {
					got[c.ID] = c.Can
				}
			}
			for _, id := range strings.Fields("plain default own thread joined executed past past-with-filter past-in-shim past-joined guest") {
				can := "yes"
				if id == "guest" {
					can = "unknown"
				} else if !strings.Contains(" "+want+" ", " "+id+" ") {
					can = ""
				}
				if string(got[id]) != can {
					t.Errorf("exposed %s, kernel %v, %s: %q, want %q", call, kernel, id, got[id], can)
				}
			}
		}
	}
}

// join puts a process without a filter into the namespaces and control groups of another, and returns its pid.
func join(t *testing.T, pid int) int {
	t.Helper()
	argv := joining(fmt.Sprint(pid))
	groups := exec.Command(argv[0], argv[1:]...)
	out, err := groups.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	groups.Stderr = os.Stderr
	if err := groups.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = groups.Process.Kill()
		_ = groups.Wait()
	})
	line := make([]byte, 64)
	if n, err := out.Read(line); err != nil || !strings.Contains(string(line[:n]), "ready") {
		t.Fatalf("join process %d: %v: %s", pid, err, line[:n])
	}
	// nsenter forks for the PID namespace.
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", groups.Process.Pid))
	var child int
	if _, scan := fmt.Sscan(string(children), &child); err != nil || scan != nil {
		t.Fatalf("find the process that joined %d: %v, %v", pid, err, scan)
	}
	t.Cleanup(func() {
		if p, err := os.FindProcess(child); err == nil {
			_ = p.Kill()
		}
	})
	return child
}

// joining is a command that enters the control groups and then the namespaces of a process, and stays there.
func joining(pid string) []string {
	return []string{"sh", "-c", `
while IFS=: read -r n names path; do
	for dir in /sys/fs/cgroup/$names /sys/fs/cgroup/${names#name=} /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ "$path" = / ] || [ ! -e "$dir$path/cgroup.procs" ] || { echo $$ >"$dir$path/cgroup.procs"; break; }
	done
done </proc/$1/cgroup
exec nsenter --target $1 --mount --pid --uts --ipc --net /drifter pause`, "sh", pid}
}

// TestDriftOutlived lets an exception end under a container.
func TestDriftOutlived(t *testing.T) {
	t.Parallel()
	longEnough(t, 20*time.Second, outlived)
}

// longEnough runs a test that has to do something within a time, with more of it until the machine was quick enough, as the test
// reports.
func longEnough(t *testing.T, begin time.Duration, test func(*testing.T, time.Duration) bool) {
	t.Helper()
	for open := begin; !test(t, open); open *= 2 {
		if open > settle {
			t.Fatalf("%v were not enough", open)
		}
		t.Logf("%v were not enough: once more with twice as much", open)
	}
}

func outlived(t *testing.T, open time.Duration) bool {
	t.Helper()
	end := time.Now().Add(open).UTC()
	d := newDriftNode(t, policyText("enforce", firstFloor+keepAll+fmt.Sprintf(
		"exceptions:\n- {name: INC-42, match: {namespaces: [prod]}, allow: [mincore], until: %s, reason: \"looking into it\"}\n", end.Format(time.RFC3339))))
	if err := d.daemon.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := runPod(t, d.Node, node.PodSpec{Namespace: "prod"}).Run(t.Context(), node.ContainerSpec{})
	if err != nil {
		t.Fatal(err)
	}
	before := d.drift(t)
	if !time.Now().Before(end.Truncate(time.Second)) {
		return false
	}
	verdicts(t, "while it lasts", before, map[string]string{c.ID: "enforced"})
	time.Sleep(time.Until(end.Add(1100 * time.Millisecond)))
	for _, kernel := range []bool{false, true} {
		got := d.drift(t, kernelFlag(kernel)...)
		verdicts(t, "afterwards", got, map[string]string{c.ID: "outlived: exception INC-42 has ended"})
		if calls := got[c.ID].Calls; len(calls) == 0 || calls[0].Name != "mincore" {
			t.Errorf("the calls of the exception: %v, want mincore", calls)
		}
	}
	return true
}
