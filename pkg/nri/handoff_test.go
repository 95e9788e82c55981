package nri_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/nri"
)

// leaving is a node whose door leaves records in a directory of the test's.
func leaving(t *testing.T, version, policy string, records handoff.Dir) *node {
	t.Helper()
	n := newNode(engine(t, policy))
	n.Plugin = nri.New(nri.Settings{Engine: n.Engine, Record: n.record, Native: specs.ArchX86_64, Records: records})
	n.runtime = startRuntime(t, "", "containerd", version)
	n.run(t)
	return n
}

const gated = "mode: enforce\nrules:\n- {name: first, match: {namespaces: [prod], capabilities: {anyOf: [SYS_ADMIN]}}, action: keep}\n" +
	"default: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n"

// What this door cannot decide it leaves to the runtime door only where the policy relies on that, with a filter under which
// nothing starts, and a record. Without the record it refuses.
func TestLeavesToTheRuntimeDoor(t *testing.T) {
	run := t.TempDir()
	records := handoff.Dir(run)
	for name, c := range map[string]struct {
		version, policy string
		records         handoff.Dir
		want            string // of the error; "" creates the container
		placeholder     bool
	}{
		"relied on":                 {"v2.4.2", "doors: [nri, runtime]\n" + gated, records, "", true},
		"not relied on":             {"v2.4.2", gated, records, "undecidable", false},
		"no directory":              {"v2.4.2", "doors: [nri, runtime]\n" + gated, "", "undecidable", false},
		"not writable":              {"v2.4.2", "doors: [nri, runtime]\n" + gated, handoff.Dir("/dev/null"), "undecidable", false},
		"neither door sees it":      {"v2.2.0", "doors: [nri, runtime]\n" + strings.Replace(gated, "capabilities: {anyOf: [SYS_ADMIN]}", "localhostProfiles: [x]", 1), records, "undecidable", false},
		"the filter is not told":    {"v2.2.1", "doors: [nri, runtime]\n" + gated, records, "", false},
		"in audit nothing is given": {"v2.4.2", "doors: [nri, runtime]\n" + strings.Replace(gated, "enforce", "audit", 1), records, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			_ = os.RemoveAll(run + "/records")
			filter, err := leaving(t, c.version, c.policy, c.records).runtime.create(pod(), container("c1"))
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("%v, %v; want it %s", filter, err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := filter.GetDefaultAction() == "SCMP_ACT_KILL_PROCESS"; got != c.placeholder {
				t.Errorf("filter %v", filter)
			}
			r, err := records.Read("k8s.io", "c1")
			if err != nil {
				t.Fatal(err)
			}
			if labels, ok := r.Workload.PodLabels.Value(); !ok || len(labels) != len(pod().GetLabels()) {
				t.Errorf("labels %v on record", labels)
			}
			if c.placeholder && r.Installed != handoff.Digest(handoff.Placeholder()) {
				t.Errorf("on record is %q", r.Installed)
			}
		})
	}
}

// A decision that was made leaves a record as well, and one that cannot be written stops nothing.
func TestLeavesARecordOfEachDecision(t *testing.T) {
	run := t.TempDir()
	const policy = "mode: enforce\ndoors: [nri, runtime]\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n"
	for _, dir := range []handoff.Dir{handoff.Dir(run), "/dev/null", ""} {
		filter, err := leaving(t, "v2.4.2", policy, dir).runtime.create(pod(), container("c1"))
		if err != nil || filter.GetDefaultAction() != "SCMP_ACT_ALLOW" {
			t.Fatalf("%q: %v, %v", dir, filter, err)
		}
	}
	r, err := handoff.Dir(run).Read("k8s.io", "c1")
	if err != nil || r.Installed == "" {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := handoff.Dir(run).Read("k8s.io", "c2"); !errors.Is(err, handoff.ErrNone) {
		t.Error(err)
	}
}
