package enforce_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/workload"
)

// Filters are cached by all that they depend on.
func TestCachedFiltersAreNotMixedUp(t *testing.T) {
	e := engine(t, "mode: enforce\ndefault: {action: fill, profile: {type: RuntimeDefault}}\n", nil)
	digest := func(engine workload.Engine, caps workload.Capabilities) string {
		req := columns["unset"].request()
		req.Workload.Engine, req.Workload.Capabilities = workload.Known(engine), workload.Known(caps)
		out, err := e.Enforce(req)
		if err != nil {
			t.Fatal(err)
		}
		return profile.Digest(out.Install)
	}
	seen := map[string]string{}
	for range 2 {
		for _, engine := range []workload.Engine{workload.EngineKubernetes, workload.EngineDocker} {
			for _, caps := range []workload.Capabilities{0, workload.DefaultCapabilities, workload.AllCapabilities} {
				name, got := fmt.Sprint(engine, caps), digest(engine, caps)
				if first, ok := seen[name]; ok && first != got {
					t.Errorf("%s: another filter than before", name)
				}
				seen[name] = got
			}
		}
	}
	different := map[string]bool{}
	for _, d := range seen {
		different[d] = true
	}
	if len(different) != len(seen) {
		t.Errorf("%d filters for %d workloads: %v", len(different), len(seen), seen)
	}
}

// What no runtime loads must show when the policy is put in force, not when a container comes.
func TestUnloadableProfileIsNoEngine(t *testing.T) {
	p, err := policyfile.Parse("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	profiles := plain()
	tooLarge := uint(5000)
	profiles["Localhost/p.json"].Rules[0] = profile.Rule{Names: []string{"chmod"}, Action: specs.ActErrno, ErrnoRet: &tooLarge}
	_, err = enforce.New(&snapshot.Snapshot{Created: now, Policy: p, Profiles: profiles, Facts: facts()}, time.Now)
	if err == nil || !strings.Contains(err.Error(), "p.json") || !strings.Contains(err.Error(), "5000") {
		t.Errorf("error %v, want one that names the profile and the errno", err)
	}
}

// A denial is written so that the runtime which will load it cannot skip it: also one that was not asked what it knows.
func TestDenialsHoldInARuntimeThatWasNotAsked(t *testing.T) {
	asked := []host.Runtime{{Name: "runc", Version: "1.5.2", Seccomp: true, Libseccomp: "2.6.0"}}
	for _, c := range []struct {
		runtimes []host.Runtime
		runtime  string
		release  string
		inverted bool
	}{
		{asked, "runc", "6.18", false}, {asked, "", "6.18", false}, {asked, "crun", "6.18", true}, {nil, "", "6.18", true}, {nil, "runc", "6.18", true},
		{nil, "", "", false}, // away from a node
	} {
		f := facts()
		f.Runtimes, f.KernelRelease = c.runtimes, c.release
		req := columns["Unconfined"].request()
		req.Runtime = c.runtime
		out, err := builtOn(t, f, "mode: enforce\nfloor: {deny: [mseal]}\ndefault: {action: keep}\n").Enforce(req)
		if err != nil {
			t.Fatal(err)
		}
		if inverted := out.Install.DefaultAction != specs.ActAllow; inverted != c.inverted {
			t.Errorf("%q of %d runtimes, kernel %q: default %s", c.runtime, len(c.runtimes), c.release, out.Install.DefaultAction)
		}
	}
}

// What a container's filter permits or denies by a name that not every runtime is known to know stays so where it is known:
// also in audit.
func TestNamesThatSomeRuntimesDoNotKnow(t *testing.T) {
	f := facts()
	f.Runtimes = []host.Runtime{
		{Name: "runc", Version: "1.5.2", Seccomp: true, Libseccomp: "2.6.0"}, {Name: "crun", Version: "1.20", Seccomp: true, Libseccomp: "2.5.4"},
	}
	permits := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Architectures: f.ABIs}
	for name := range strings.FieldsSeq("capget capset chdir close execve fstat fstatfs futex getcwd getdents64 getppid newfstatat openat prctl read " +
		"rt_sigreturn setgid setgroups setuid statx write close_range epoll_ctl faccessat2 fcntl getpid openat2 rt_sigaction rt_sigprocmask setresgid setresuid " +
		"fchmodat2 keyctl") {
		permits.Syscalls = append(permits.Syscalls, specs.LinuxSyscall{Names: []string{name}, Action: specs.ActAllow})
	}
	denies := &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, Architectures: f.ABIs,
		Syscalls: []specs.LinuxSyscall{{Names: []string{"fchmodat2"}, Action: specs.ActErrno}},
	}
	for _, mode := range []string{"enforce", "audit"} {
		e := builtOn(t, f, "mode: "+mode+"\nfloor: {deny: [keyctl]}\ndefault: {action: keep}\n")
		for _, c := range []struct {
			own  *specs.LinuxSeccomp
			open bool
		}{{permits, true}, {denies, false}} {
			req := columns["Localhost"].request()
			req.Current.Filter = c.own
			out, err := e.Enforce(req)
			if err != nil {
				t.Fatal(err)
			}
			if got := asks(t, out.Effective, "fchmodat2"); (got == "allow") != c.open || out.Install == nil {
				t.Errorf("%s, %s: fchmodat2 is %s, notes %q", mode, c.own.DefaultAction, got, out.Notes)
			}
		}
	}
}
