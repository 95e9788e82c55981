package enforce_test

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

type notebook map[string][]byte

func (n notebook) Recall(name string) []byte     { return n[name] }
func (n notebook) Keep(name string, text []byte) { n[name] = text }

// What a memory gives back is what would be computed, for each request, and only for the snapshot, the program and the
// request that it was computed for.
func TestMemory(t *testing.T) {
	snap := func(text string) *snapshot.Snapshot {
		src, err := build.Text("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\ndoors: [runtime]\n"+text), nil)
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := src.Build(build.Node{Facts: facts(), Now: now})
		if err == nil {
			_, err = s.Encode() // names it
		}
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const floor = "floor: {deny: [\"pack:af-alg\", keyctl]}\n"
	policies := map[string]*snapshot.Snapshot{
		"default":  snap("mode: enforce\n"),
		"floor":    snap("mode: enforce\n" + floor),
		"audit":    snap("mode: audit\n" + floor),
		"restrict": snap("mode: enforce\ndefault: {action: restrict, profile: {base: RuntimeDefault, deny: [mkdir]}}\n"),
		"keep":     snap("mode: enforce\nnormalise: false\ndefault: {action: keep}\n"),
		"refuse":   snap("mode: enforce\ndefault: {action: refuse}\n"),
	}
	admin, _ := workload.CapabilityNamed("SYS_ADMIN")
	request := func(caps workload.Capabilities, current enforce.Current) enforce.Request {
		return enforce.Request{Runtime: "runc", Current: current, Workload: &workload.Workload{
			ID: "x", Door: workload.DoorRuntime, Engine: workload.Known(workload.EngineContainerd), Capabilities: workload.Known(caps),
			Requested: workload.AnyRequest, Kinds: workload.KindContainer, Privileged: workload.Known(false),
		}}
	}
	filter := func(flags []specs.LinuxSeccompFlag) enforce.Current {
		f := own()
		f.Flags = flags
		return enforce.Current{State: enforce.CurrentFilter, Filter: f}
	}
	requests := []enforce.Request{
		request(workload.DefaultCapabilities, enforce.Current{State: enforce.CurrentNone}),
		request(workload.DefaultCapabilities|admin, enforce.Current{State: enforce.CurrentNone}),
		request(workload.DefaultCapabilities, filter(nil)),
		request(workload.DefaultCapabilities, filter([]specs.LinuxSeccompFlag{})),
		request(workload.DefaultCapabilities, filter([]specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog})),
	}
	clock := func() time.Time { return now }
	for name, s := range policies {
		t.Run(name, func(t *testing.T) {
			known := notebook{}
			fresh, err := enforce.New(s, clock)
			if err != nil {
				t.Fatal(err)
			}
			ask := func(program string, req enforce.Request) (enforce.Outcome, error) {
				e, err := enforce.NewRemembering(s, clock, known, program)
				if err != nil {
					t.Fatal(err)
				}
				return e.Enforce(req)
			}
			for i, req := range requests {
				want, wantErr := fresh.Enforce(req)
				for _, time := range []string{"computed", "recalled"} {
					before := len(known)
					got, err := ask("1", req)
					if (err == nil) != (wantErr == nil) {
						t.Fatalf("%d, %s: %v, want %v", i, time, err, wantErr)
					}
					if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(enforce.Outcome{}, "ID"), cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("%d, %s: %s", i, time, diff)
					}
					if got.Install != nil && (got.Install.Flags == nil) != (want.Install.Flags == nil) {
						t.Errorf("%d, %s: flags %#v, want %#v", i, time, got.Install.Flags, want.Install.Flags)
					}
					if grown := len(known) - before; wantErr != nil && grown != 0 || wantErr == nil && (grown == 1) != (time == "computed") {
						t.Errorf("%d, %s: the memory grew by %d", i, time, grown)
					}
				}
			}
			before := maps.Clone(known)
			if _, err := ask("2", requests[0]); err == nil && len(known) == len(before) {
				t.Error("another program took the result of this one")
			}
			for name := range known {
				known[name] = []byte(`{"install":`)
			}
			if _, err := ask("1", requests[0]); (err == nil) != (name != "refuse") {
				t.Error("half a result:", err)
			}
		})
	}
}
