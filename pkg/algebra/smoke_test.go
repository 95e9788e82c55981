package algebra_test

import (
	"encoding/json"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/syscalls"
	"github.com/seccompd/seccompd/pkg/workload"
)

func vocab() *syscalls.Vocab { v, _ := syscalls.Vocabulary("2.5.4"); return &v }

func runtimeDefault(t testing.TB, engine workload.Engine, caps workload.Capabilities) *specs.LinuxSeccomp {
	t.Helper()
	f, err := profile.RuntimeDefault(engine).Resolve(profile.Target{Facts: host.Facts{GOARCH: "amd64", Native: specs.ArchX86_64, Kernel: host.Version{Major: 6, Minor: 18}}, Capabilities: caps})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSmoke(t *testing.T) {
	env := algebra.Env{Native: specs.ArchX86_64, Vocabulary: vocab(), Stub: true}
	a, o, err := algebra.Read(runtimeDefault(t, workload.EngineContainerd, workload.DefaultCapabilities), env)
	if err != nil || o != nil {
		t.Fatal(err, o)
	}
	b, o, err := algebra.Read(runtimeDefault(t, workload.EngineDocker, workload.DefaultCapabilities), env)
	if err != nil || o != nil {
		t.Fatal(err, o)
	}
	m, err := algebra.Meet(a, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []algebra.Meaning{a, b, m} {
		f, rec, err := algebra.Emit(x, env)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := json.Marshal(rec)
		t.Log(len(f.Syscalls), string(r))
	}
	f, _, _ := algebra.Emit(m, env)
	for _, s := range f.Syscalls {
		if len(s.Args) > 0 {
			x, _ := json.Marshal(s)
			t.Log(string(x))
		}
	}
	c := algebra.Compare(a, b)
	t.Log(c.Verdict, c.Tighter, c.Looser)
}

func BenchmarkMeetOfDefaults(b *testing.B) {
	env := algebra.Env{Native: specs.ArchX86_64, Vocabulary: vocab(), Stub: true}
	x, y := runtimeDefault(b, workload.EngineContainerd, workload.DefaultCapabilities), runtimeDefault(b, workload.EngineDocker, workload.DefaultCapabilities)
	for b.Loop() {
		m, _, _ := algebra.Read(x, env)
		n, _, _ := algebra.Read(y, env)
		o, _ := algebra.Meet(m, n)
		if _, _, err := algebra.Emit(o, env); err != nil {
			b.Fatal(err)
		}
	}
}
