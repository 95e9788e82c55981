package algebra_test

import (
	"encoding/json"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/workload"
)

// FuzzDefaults holds the laws of meet and join for the runtime defaults, with anything.
func FuzzDefaults(f *testing.F) {
	seeds(f)
	env := node()
	defaults := []*specs.LinuxSeccomp{
		runtimeDefault(f, workload.EngineContainerd, workload.DefaultCapabilities), runtimeDefault(f, workload.EngineDocker, workload.DefaultCapabilities),
		runtimeDefault(f, workload.EngineContainerd, 0), runtimeDefault(f, workload.EngineDocker, ^workload.Capabilities(0)),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		a, b := read(t, defaults[s.next(len(defaults))], env), read(t, s.filter(machines[1]), env)
		meet, join := must(algebra.Meet(a, b))(t), must(algebra.Join(a, b))(t)
		for _, x := range []algebra.Meaning{a, b} {
			if v := algebra.Compare(meet, x.Restrict(meet.Architectures())); len(v.Looser) > 0 {
				t.Errorf("the meet is looser: %s", v.Looser[0])
			}
			if v := algebra.Compare(join, x.Restrict(join.Architectures())); len(v.Tighter) > 0 && len(x.Architectures()) == len(join.Architectures()) {
				t.Errorf("the join is tighter: %s", v.Tighter[0])
			}
		}
		if !must(algebra.Meet(meet, a))(t).Equal(meet) || !must(algebra.Meet(a, join))(t).Equal(a) {
			t.Error("meet and join do not absorb each other")
		}
		out, _, err := algebra.Emit(meet, env)
		if within(t, err) {
			return
		}
		if v := algebra.Compare(read(t, out, env), meet); len(v.Weaker) > 0 {
			t.Errorf("weaker: %s", v.Weaker[0])
		}
	})
}

// FuzzRoundTrip: what Emit writes says the same after it was printed and parsed, as OCI JSON and as a profile.
func FuzzRoundTrip(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		env, archs := s.env()
		in := s.filter(archs)
		in.ListenerPath = "/run/agent.sock" // a profile with NOTIFY must have one
		out, _, err := algebra.Emit(read(t, in, env), env)
		if within(t, err) {
			return
		}
		var back specs.LinuxSeccomp
		if err := json.Unmarshal([]byte(text(out)), &back); err != nil || text(&back) != text(out) {
			t.Fatalf("%v: %s becomes %s", err, text(out), text(&back))
		}
		p, err := profile.ParseJSON("emitted", []byte(text(out)))
		if err != nil && strings.Contains(text(out), `rrnoRet":0`) {
			return // of a workload's own filter; profiles may not fake a success
		}
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := p.Resolve(profile.Target{Facts: host.Facts{Native: env.Native, Kernel: host.Version{Major: 6, Minor: 18}}})
		if err != nil {
			t.Fatal(err)
		}
		if !read(t, resolved, env).Equal(read(t, out, env)) {
			t.Errorf("as a profile %s means something else: %s", text(out), text(resolved))
		}
	})
}
