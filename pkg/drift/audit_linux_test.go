package drift_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/drift"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// denying is a filter that denies calls and permits all others.
func denying(names ...string) *specs.LinuxSeccomp {
	f := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86_64}}
	if len(names) > 0 {
		f.Syscalls = []specs.LinuxSyscall{{Names: names, Action: specs.ActErrno}}
	}
	return f
}

// decided is what a door does with a container that has a filter of its own, at a time: the filter that it then has, and the record.
func decided(t *testing.T, snap *snapshot.Snapshot, id string, own *specs.LinuxSeccomp, at time.Time) (*specs.LinuxSeccomp, audit.Record) {
	t.Helper()
	req := enforce.Request{
		Workload: &workload.Workload{
			ID: id, Door: workload.DoorRuntime, Engine: workload.Known(workload.EngineContainerd), ContainerdNamespace: workload.Known("default"),
			Requested: workload.AnyRequest, Kinds: workload.KindContainer,
			Namespace: workload.Absent[string](), Pod: workload.Absent[string](), Container: workload.Absent[string](),
		},
		Current: enforce.Current{State: enforce.CurrentNone},
	}
	if own != nil {
		req.Current = enforce.Current{State: enforce.CurrentFilter, Filter: own}
	}
	out, err := engineOf(t, snap, at).Enforce(req)
	if err != nil {
		t.Fatal(err)
	}
	return out.Effective, audit.Decided(at, snap.Digest, req, out, time.Millisecond)
}

// TestABIsOfTheKernel has a filter that lists x32 be as good as one that does not, where the kernel has no such calls.
func TestABIsOfTheKernel(t *testing.T) {
	m := newMachine(t)
	m.write(t, "only-64.json", `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
		"syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}`)
	own := denying("swapon")
	own.Architectures = []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}
	m.container(t, "with-x32", own, 1)
	facts := host.Assume("amd64")
	for _, test := range []struct {
		abis []specs.Arch
		want drift.Verdict
	}{
		{[]specs.Arch{specs.ArchX86_64, specs.ArchX86}, drift.Enforced},
		{[]specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32}, drift.Weaker},
	} {
		facts.ABIs = test.abis
		snap := m.policyFor(t, facts, start.Add(-time.Hour), "default: {action: replace, profile: {type: Localhost, localhostProfile: only-64.json}}\n")
		node := drift.New(drift.Settings{Roots: m.roots, Engine: engineOf(t, snap, start), Snapshot: snap, Now: func() time.Time { return start.Add(time.Hour) }})
		r, err := node.Audit(t.Context(), drift.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if c := r.Containers[0]; c.Verdict != test.want {
			t.Errorf("on a kernel with %v it is %s: %s, %v", test.abis, c.Verdict, c.Reason, c.Calls)
		}
	}
}

// TestVerdicts tells apart what a container may do more than the policy says by how that came.
func TestVerdicts(t *testing.T) {
	m := newMachine(t)
	now := start.Add(48 * time.Hour)
	keep := "default: {action: keep}\n"
	m.write(t, "lax.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}`)
	lost := m.policy(t, start.Add(-3*time.Hour), "floor: {deny: [mincore]}\n"+keep)
	old := m.policy(t, start.Add(-2*time.Hour), "floor: {deny: [mincore]}\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: lax.json}}\n")
	force := m.policy(t, start.Add(-time.Hour), fmt.Sprintf(
		"floor: {deny: [mincore, syncfs, swapoff, {names: [vhangup], auditUntil: %s}]}\nexceptions: [{name: INC-42, match: {engines: [containerd]}, allow: [swapoff], until: %s, reason: \"looking\"}]\n%s",
		start.Add(24*time.Hour).Format(time.RFC3339), start.Add(time.Hour).Format(time.RFC3339), keep))
	store := snapshot.Open(filepath.Join(m.dir, "state"))
	for _, snap := range []*snapshot.Snapshot{lost, old, force} {
		if err := store.Put(snap); err != nil {
			t.Fatal(err)
		}
	}
	log := filepath.Join(m.dir, "decisions.jsonl")
	record := func(r audit.Record) {
		t.Helper()
		// The digest of the filter is filled in when the line is made.
		line, err := audit.Line(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := audit.Append(log, line); err != nil {
			t.Fatal(err)
		}
	}
	add := func(id string, snap *snapshot.Snapshot, own *specs.LinuxSeccomp, has func(*specs.LinuxSeccomp) *specs.LinuxSeccomp, filters ...int) {
		t.Helper()
		filter, r := decided(t, snap, id, own, start)
		if has != nil {
			filter = has(filter)
		}
		m.container(t, id, filter, filters...)
		record(r)
	}
	instead := func(f *specs.LinuxSeccomp) func(*specs.LinuxSeccomp) *specs.LinuxSeccomp {
		return func(*specs.LinuxSeccomp) *specs.LinuxSeccomp { return f }
	}
	strict := denying("mincore", "syncfs", "vhangup", "swapoff")
	_, earlier := decided(t, force, "past-again", strict, start.Add(-time.Hour))
	record(earlier)
	add("kept", force, strict, nil, 1)
	add("stricter-thread", force, strict, nil, 1, 2)
	add("bare-thread", force, strict, nil, 1, 0)
	add("timed", force, denying("swapoff"), nil, 1)
	add("edited", force, nil, instead(denying("swapon")), 1)
	add("edited-own", force, denying("mincore", "syncfs", "vhangup", "chown"), instead(strict), 1)
	add("excepted", force, denying("vhangup"), nil, 1)
	add("old", old, nil, nil, 1)
	add("replaced", old, strict, nil, 1)
	add("replaced-well", old, denying("swapon"), instead(strict), 1)
	m.container(t, "past", nil, 0)
	m.container(t, "past-well", strict, 1)
	m.container(t, "past-lax", denying("chown"), 1)
	m.container(t, "own-filter", nil, 1)
	m.process(t, "/elsewhere", "77", 0)
	m.process(t, "/system/docker-"+strings.Repeat("a", 64)+".scope", "1", 1)
	m.container(t, "past-again", nil, 0)

	n := drift.New(drift.Settings{Roots: m.roots, Decisions: log, Engine: engineOf(t, force, now), Snapshot: force, Store: store, Now: func() time.Time { return now }})
	r, err := n.Audit(t.Context(), drift.Query{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"kept": "enforced", "stricter-thread": "enforced", "past-well": "enforced",
		"bare-thread":           "unfiltered: it has no filter, and its configuration has one",
		"timed":                 "stale: it was decided on before a denial of the policy began",
		"excepted":              "outlived: exception INC-42 has ended",
		"edited":                "weaker: its configuration has another filter than was decided",
		"edited-own":            "unknown: its configuration has another filter than was decided, and that one is not on record",
		"old":                   "stale: it was decided on by an older policy",
		"replaced":              "stale: it was decided on by an older policy",
		"replaced-well":         "unknown: the filter that it would have without the policy is not on record",
		"past":                  "unfiltered: it has no filter, and no decision on it is on record: it came in by no door",
		"past-lax":              "weaker: no decision on it is on record: it came in by no door",
		"past-again":            "unfiltered: it has no filter, and no decision on it is on record: it came in by no door",
		"own-filter":            "unknown: its configuration has no filter, and its processes have one (--kernel reads what it has)",
		"pid:[77]":              "unfiltered: it has no filter; it has a PID namespace of its own, and no engine knows it",
		strings.Repeat("a", 64): "unknown: what filter it has is not known: its control group is named as a container's, and no engine knows it (--kernel reads what it has)",
	}
	for _, c := range r.Containers {
		got := string(c.Verdict)
		if c.Reason != "" {
			got += ": " + c.Reason
		}
		if w, ok := want[c.ID]; !ok || got != w {
			t.Errorf("%s: %q, want %q (%v)", c.ID, got, w, c.Calls)
		}
		delete(want, c.ID)
	}
	for id := range want {
		t.Errorf("%s was not found", id)
	}
}
