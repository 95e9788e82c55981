package enforce_test

import (
	"errors"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

// lawFloor is what the policies of the laws deny to everybody.
const lawFloor = `deny: [mseal, keyctl, clone3, {names: [socket], args: [{index: 0, op: EQ, value: 38}]}, {names: [ioctl], args: [{index: 1, op: EQ, value: 0x5412}, {index: 0, op: MASKED_EQ, value: 0x100000000, valueTwo: 0}]}, "pack:namespaces"]`

var lawPolicies = []string{
	"mode: enforce\ndefault: {action: keep}\nfloor: {" + lawFloor + "}\n",
	"mode: enforce\nnormalise: false\ndefault: {action: keep}\nfloor: {" + lawFloor + "}\n",
	"mode: enforce\ndefault: {action: restrict, profile: {type: RuntimeDefault}}\nfloor: {" + lawFloor + "}\n",
	"mode: enforce\ndefault: {action: replace, profile: {base: RuntimeDefault, allow: [keyctl, bpf], deny: [mkdir]}}\nfloor: {" + lawFloor + "}\n",
	"mode: audit\ndefault: {action: restrict, profile: {type: RuntimeDefault}}\nfloor: {" + lawFloor + "}\n",
	"mode: enforce\ndefault: {action: keep}\nfloor: {mode: audit, " + lawFloor + "}\n",
}

// lawKeep is the last of them without its floor.
const lawKeep = "mode: enforce\ndefault: {action: keep}\n"

// FuzzLaws holds, whatever filter a container asks for: where the floor is enforced, what is installed denies what the floor
// denies, as the runtime reads it; in audit nothing is denied that was not; and what was decided for a container is decided
// again for one that has it.
func FuzzLaws(f *testing.F) {
	x := uint32(1)
	for range 40 {
		b := make([]byte, 60)
		for i := range b {
			x = x*1664525 + 1013904223
			b[i] = byte(x >> 24)
		}
		f.Add(b)
	}
	floor, engines := lawEngines(f)
	keep := engines[len(engines)-1]
	engines = engines[:len(engines)-1]
	f.Fuzz(func(t *testing.T, data []byte) {
		own := asked(data)
		if profile.Validate(own, nil) != nil {
			t.Skip("no filter that a runtime takes: ", profile.Validate(own, nil))
		}
		for i, e := range engines {
			for _, door := range []workload.Door{workload.DoorNRI, workload.DoorRuntime} {
				req := columns["Localhost"].request()
				req.Workload.Door, req.Current.Filter = door, own
				if door == workload.DoorRuntime {
					req.Workload.Capabilities = workload.Known(workload.DefaultCapabilities)
				}
				out, err := e.Enforce(req)
				var refusal *enforce.Refusal
				if errors.As(err, &refusal) && i < 4 {
					continue // no container
				}
				if err != nil {
					t.Fatalf("policy %d: %v", i, err)
				}
				loaded := loads(t, out.Effective)
				if i < 4 {
					for _, w := range algebra.Compare(loaded, floor).Weaker {
						t.Errorf("policy %d at %s: weaker than the floor: %s", i, door, w)
					}
				} else {
					had := own
					if i == 5 {
						kept, err := keep.Enforce(req)
						if err != nil {
							t.Fatal(err)
						}
						had = kept.Effective
					}
					for _, w := range algebra.Compare(loads(t, had), loaded).Weaker {
						t.Errorf("policy %d at %s: audit denies %s", i, door, w)
					}
				}
				req.Current.Filter = out.Effective
				again, err := e.Enforce(req)
				if err != nil {
					t.Fatalf("policy %d at %s: what it gave is refused: %v", i, door, err)
				}
				if c := algebra.Compare(loads(t, again.Effective), loaded); len(c.Weaker) > 0 || i != 2 && i < 4 && c.Verdict != algebra.Equal {
					t.Errorf("policy %d at %s: twice it is %s: %v %v", i, door, c.Verdict, first(c.Tighter), first(c.Looser))
				}
			}
		}
	})
}

// asked makes a filter of a fuzzer's bytes that is about what the floor is about. The first byte may choose a default of an engine.
func asked(data []byte) *specs.LinuxSeccomp {
	next := func(n int) int {
		if len(data) == 0 {
			return 0
		}
		b := int(data[0])
		data = data[1:]
		return b % n
	}
	errno := func(a specs.LinuxSeccompAction) *uint {
		list := []uint{0, 1, 38, 13}
		if n := list[next(4)]; n != 0 && (a == specs.ActErrno || a == specs.ActTrace) {
			return &n
		}
		return nil
	}
	actions := []specs.LinuxSeccompAction{specs.ActAllow, specs.ActErrno, specs.ActKillProcess, specs.ActTrap, specs.ActTrace, specs.ActLog, specs.ActNotify}
	operators := []specs.LinuxSeccompOperator{
		specs.OpEqualTo, specs.OpMaskedEqual, specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterThan, specs.OpGreaterEqual,
	}
	values := []uint64{0, 1, 38, 0x5412, 0x7e020000, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 38, ^uint64(0), 0x10000000}
	calls := []string{"socket", "ioctl", "clone", "mseal", "keyctl", "clone3", "socketcall", "read", "unshare", "semop", "mkdir"}
	f := &specs.LinuxSeccomp{DefaultAction: actions[next(6)]}
	f.DefaultErrnoRet = errno(f.DefaultAction)
	if caps := next(8); caps < 3 {
		p := profile.RuntimeDefault([]workload.Engine{workload.EngineKubernetes, workload.EngineDocker, workload.EngineContainerd}[caps])
		if d, err := p.Resolve(profile.Target{Facts: facts(), Capabilities: workload.Capabilities(next(2)) * workload.AllCapabilities}); err == nil {
			f = d
		}
	}
	if next(2) == 1 {
		f.Architectures = [][]specs.Arch{facts().ABIs, {specs.ArchX86}, {specs.ArchX86_64, specs.ArchX32}}[next(3)]
	}
	for range next(7) {
		r := specs.LinuxSyscall{Names: []string{calls[next(len(calls))]}, Action: actions[next(7)]}
		r.ErrnoRet = errno(r.Action)
		if r.Action == specs.ActNotify {
			f.ListenerPath = "/run/a"
		}
		for range next(3) {
			r.Args = append(r.Args, specs.LinuxSeccompArg{
				Index: uint(next(3)), Op: operators[next(7)], Value: values[next(len(values))], ValueTwo: values[next(len(values))],
			})
		}
		f.Syscalls = append(f.Syscalls, r)
	}
	return f
}

func first(list []algebra.Witness) []algebra.Witness { return list[:min(len(list), 3)] }

// withRuntime is a node with a libseccomp that does not know mseal.
func withRuntime() host.Facts {
	h := facts()
	h.Runtimes = []host.Runtime{{Name: "runc", Version: "1.5.2", Seccomp: true, Libseccomp: "2.5.4"}}
	return h
}

// loads is what the node's runtime makes of a filter.
func loads(t *testing.T, f *specs.LinuxSeccomp) algebra.Meaning {
	t.Helper()
	rt, _ := withRuntime().Runtime("")
	v, _ := rt.Vocabulary()
	m, _, err := algebra.Read(f, algebra.Env{Native: specs.ArchX86_64, Stub: true, Vocabulary: &v})
	if err != nil {
		t.Skip("no filter that can be computed with: ", err)
	}
	return m.Restrict(facts().ABIs)
}

func lawEngines(f *testing.F) (floor algebra.Meaning, engines []*enforce.Engine) {
	f.Helper()
	for _, text := range append(lawPolicies, lawKeep) {
		src, err := build.Text("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\n"+text), nil)
		if err != nil {
			f.Fatal(err)
		}
		snap, _, err := src.Build(build.Node{Facts: withRuntime(), Now: now})
		if err != nil {
			f.Fatal(err)
		}
		e, err := enforce.New(snap, func() time.Time { return now })
		if err != nil {
			f.Fatal(err)
		}
		engines = append(engines, e)
		if len(engines) > 1 {
			continue
		}
		p, err := policyfile.Parse("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\n"+text))
		if err != nil {
			f.Fatal(err)
		}
		s, err := snap.Calls[p.Floor.Key()].Resolve(profile.Target{Facts: withRuntime()})
		if err != nil {
			f.Fatal(err)
		}
		if floor, _, err = algebra.Read(s, algebra.Env{Native: specs.ArchX86_64}); err != nil {
			f.Fatal(err)
		}
		floor = floor.Restrict(facts().ABIs)
	}
	return floor, engines
}
