package enforce_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

// asks says what a filter answers to a call on x86_64: "allow", "log" or an errno's number.
func asks(t *testing.T, f *specs.LinuxSeccomp, call string, args ...uint64) string {
	t.Helper()
	if f == nil {
		return "allow"
	}
	var all [6]uint64
	copy(all[:], args)
	a, ok := meaning(t, f).EvaluateName(specs.ArchX86_64, call, all)
	if !ok {
		t.Fatalf("no call %s", call)
	}
	switch a.Action {
	case specs.ActAllow:
		return "allow"
	case specs.ActLog:
		return "log"
	}
	return fmt.Sprint(a.Errno)
}

const floorPolicy = `floor: {deny: [keyctl, {names: [socket], args: [{index: 0, op: EQ, value: 38}]}]}
exceptions:
- {name: keys, match: {namespaces: [prod]}, allow: [keyctl], until: 2026-12-01T00:00:00Z, reason: r}
- {name: all, match: {namespaces: [kube-system]}, skip: [floor], until: 2026-12-01T00:00:00Z, reason: r}
- {name: over, match: {namespaces: [default]}, allow: [keyctl], until: 2026-11-01T00:00:00Z, reason: r}
`

// The floor holds for whatever a container asked for, where it is seen, and exceptions open what they list and no more.
func TestFloor(t *testing.T) {
	e := built(t, "mode: enforce\ndefault: {action: keep}\n"+floorPolicy)
	for name, c := range columns {
		for _, w := range []struct{ namespace, keyctl, alg string }{
			{"default", "1", "1"}, {"prod", "allow", "1"}, {"kube-system", "allow", "allow"},
		} {
			req := c.request()
			req.Workload.Namespace = workload.Known(w.namespace)
			out, err := e.Enforce(req)
			if name == "not seen" && w.namespace != "kube-system" {
				if describe(t, out, err) != "undecidable" {
					t.Errorf("%s in %s: %+v, %v; want a refusal", name, w.namespace, out, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if out.Floor != (w.namespace != "kube-system") {
				t.Errorf("%s in %s: a floor: %v", name, w.namespace, out.Floor)
			}
			f := out.Effective
			for _, x := range []struct {
				call string
				arg  uint64
				want string
			}{{"keyctl", 0, w.keyctl}, {"socket", 38, w.alg}, {"socket", 38 | 1<<32, w.alg}, {"socket", 2, "allow"}} {
				if got := asks(t, f, x.call, x.arg); got != x.want {
					t.Errorf("%s in %s: %s(%#x) is %s, want %s", name, w.namespace, x.call, x.arg, got, x.want)
				}
			}
			if req.Current.Filter != nil && asks(t, f, "chmod") != "1" {
				t.Errorf("%s in %s: its own filter's denial of chmod is gone", name, w.namespace)
			}
		}
	}
}

func TestFloorInAudit(t *testing.T) {
	const policies = "default: {action: keep}\n"
	for _, c := range []struct {
		policy, want string
		mode         policy.Mode
	}{
		{"mode: audit\n" + policies + floorPolicy, "log", policy.ModeAudit},
		{"mode: enforce\n" + policies + strings.Replace(floorPolicy, "floor: {", "floor: {mode: audit, ", 1), "log", policy.ModeEnforce},
		{"mode: audit\n" + policies + strings.Replace(floorPolicy, "floor: {", "floor: {mode: enforce, ", 1), "1", policy.ModeEnforce},
	} {
		e := built(t, c.policy)
		for _, name := range []string{"RuntimeDefault", "Unconfined", "privileged"} {
			out, err := e.Enforce(columns[name].request())
			if err != nil {
				t.Fatal(err)
			}
			if got := asks(t, out.Effective, "keyctl"); got != c.want || out.Mode != c.mode || !strings.Contains(out.Would, "floor") {
				t.Errorf("%s\n%s: keyctl is %s, mode %s, would %q", c.policy, name, got, out.Mode, out.Would)
			}
			if got := asks(t, out.Effective, "socket", 2); got != "allow" {
				t.Errorf("%s: socket(2) is %s", name, got)
			}
		}
	}
}

// TestFloorEntriesWithTimes: an entry is logged, then denied, then gone, without anybody's doing.
func TestFloorEntriesWithTimes(t *testing.T) {
	src, err := build.Text("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\ndefault: {action: keep}\n"+
		"floor: {deny: [bpf, {names: [keyctl], auditUntil: 2026-11-23T13:00:00Z, until: 2026-11-23T14:00:00Z}]}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	snap, _, err := src.Build(build.Node{Facts: facts(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	clock := now
	e, err := enforce.New(snap, func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after  time.Duration
		keyctl string
	}{{0, "log"}, {59 * time.Minute, "log"}, {time.Hour, "1"}, {119 * time.Minute, "1"}, {2 * time.Hour, "allow"}} {
		clock = now.Add(c.after)
		out, err := e.Enforce(columns["Unconfined"].request())
		if err != nil {
			t.Fatal(err)
		}
		if got := asks(t, out.Effective, "keyctl"); got != c.keyctl || asks(t, out.Effective, "bpf") != "1" || out.Mode != policy.ModeEnforce {
			t.Errorf("after %v: keyctl is %s, bpf is %s; want %s, 1", c.after, got, asks(t, out.Effective, "bpf"), c.keyctl)
		}
	}
}

func TestRestrict(t *testing.T) {
	e := built(t, "mode: enforce\ndefault: {action: restrict, profile: {base: builtin/audit, deny: [mkdir]}}\n")
	for name, want := range map[string]string{"RuntimeDefault": "1", "Localhost": "1", "Unconfined": "allow", "unset": "allow", "privileged": "allow"} {
		out, err := e.Enforce(columns[name].request())
		if err != nil {
			t.Fatal(err)
		}
		if got := asks(t, out.Install, "mkdir"); got != "1" {
			t.Errorf("%s: mkdir is %s", name, got)
		}
		if got := asks(t, out.Install, "chmod"); (got == "1") != (want == "1") {
			t.Errorf("%s: chmod is %s", name, got)
		}
	}
	if out, err := e.Enforce(columns["not seen"].request()); describe(t, out, err) != "undecidable" {
		t.Errorf("what is not seen was restricted: %+v, %v", out, err)
	}
}

// TestRestrictForUnknownCapabilities: the strictest reading, which is nobody's in particular.
func TestRestrictForUnknownCapabilities(t *testing.T) {
	e := built(t, "mode: enforce\ndefault: {action: restrict, profile: {type: RuntimeDefault}}\n")
	out, err := e.Enforce(columns["privileged"].request())
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]string{"mount": "1", "clone3": "38", "read": "allow", "unshare": "1"} {
		if got := asks(t, out.Install, call); got != want {
			t.Errorf("%s is %s, want %s", call, got, want)
		}
	}
	if got := asks(t, out.Install, "clone", 0x10000000); got != "1" {
		t.Errorf("clone(CLONE_NEWUSER) is %s", got)
	}
	if got := asks(t, out.Install, "clone", 0x11); got != "allow" {
		t.Errorf("fork is %s", got)
	}
}

// What auditing `replace P` logs: what P denies and the container's own filter permits.
func TestAuditOfReplace(t *testing.T) {
	e := built(t, "mode: audit\ndefault: {action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}\n")
	for name, want := range map[string]map[string]string{
		"Localhost":  {"mkdir": "allow", "chmod": "1", "mount": "allow"}, // not decided: capabilities
		"unset":      {"mkdir": "log", "chmod": "allow", "mount": "log"},
		"Unconfined": {"mkdir": "allow", "mount": "allow"},
	} {
		out, err := e.Enforce(columns[name].request())
		if err != nil {
			t.Fatal(err)
		}
		for call, want := range want {
			if got := asks(t, out.Effective, call); got != want {
				t.Errorf("%s: %s is %s, want %s", name, call, got, want)
			}
		}
	}
}

func TestLoosens(t *testing.T) {
	e := built(t, "mode: enforce\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: builtin/block-unshare}}\n")
	out, err := e.Enforce(columns["Unconfined"].request())
	if err != nil || out.LoosensCount != 0 {
		t.Errorf("for who would have everything: %d %v, %v", out.LoosensCount, out.Loosens, err)
	}
	req := columns["Localhost"].request()
	req.Current.Filter = &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{{Names: []string{"mount"}, Action: specs.ActAllow}}}
	if out, err = e.Enforce(req); err != nil || out.LoosensCount == 0 || len(out.Loosens) == 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	own, got := meaning(t, req.Current.Filter), meaning(t, out.Install)
	if w := algebra.Compare(got, own).Weaker; len(w) <= out.LoosensCount {
		t.Errorf("%d calls loosened of %d more than its own filter has: some are in the runtime default, and mount it had", out.LoosensCount, len(w))
	}
}

// A container's own filter that no runtime would load is left to the runtime, but not where something is to hold with it.
func TestUnreadableCurrent(t *testing.T) {
	req := columns["Localhost"].request()
	req.Current.Filter = &specs.LinuxSeccomp{DefaultAction: "SCMP_ACT_ALOW"}
	out, err := built(t, "mode: enforce\n").Enforce(req)
	if err != nil || out.Install != nil {
		t.Errorf("%+v, %v", out, err)
	}
	var r *enforce.Refusal
	if _, err = built(t, "mode: enforce\nfloor: {deny: [keyctl]}\n").Enforce(req); !errors.As(err, &r) || r.Reason != enforce.ReasonCurrent {
		t.Errorf("with a floor: %v", err)
	}
}

// TestAuditLogsUnderTheEnginesDefault: the container has the engine's own default, and would get one that denies more.
func TestAuditLogsUnderTheEnginesDefault(t *testing.T) {
	f, err := profile.RuntimeDefault(workload.EngineKubernetes).Resolve(profile.Target{Facts: facts(), Capabilities: workload.DefaultCapabilities})
	if err != nil {
		t.Fatal(err)
	}
	req := columns["RuntimeDefault"].request()
	req.Current.Filter = f
	out, err := built(t, "mode: audit\ndefault: {action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}\n").Enforce(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := asks(t, out.Effective, "mkdir"); got != "log" {
		t.Errorf("mkdir is %s; %q", got, out.Notes)
	}
	deniesNoMore(t, out.Install, req.Current)
}

// TestFloorDoesNotTrustTheTextOfACurrentFilter: a container's own filter that compares an int as 64 bits denies what the floor
// denies to whoever reads it, and not to the kernel. It is written anew even where filters are not to be rewritten.
func TestFloorDoesNotTrustTheTextOfACurrentFilter(t *testing.T) {
	for _, settings := range []string{"", "normalise: false\n"} {
		e := built(t, "mode: enforce\n"+settings+"default: {action: keep}\nfloor: {deny: [{names: [socket], args: [{index: 0, op: EQ, value: 38}]}]}\n")
		req := columns["Localhost"].request()
		req.Current.Filter = &specs.LinuxSeccomp{
			DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86_64},
			Syscalls: []specs.LinuxSyscall{{Names: []string{"socket"}, Action: specs.ActErrno, Args: []specs.LinuxSeccompArg{{Index: 0, Value: 38, Op: specs.OpEqualTo}}}},
		}
		out, err := e.Enforce(req)
		if err != nil || out.Install == nil {
			t.Fatalf("%q: %+v, %v", settings, out, err)
		}
		for _, r := range out.Install.Syscalls {
			for _, a := range r.Args {
				if a.Op != specs.OpMaskedEqual || a.Value>>32 != 0 {
					t.Errorf("%q: socket is compared as %+v", settings, a)
				}
			}
		}
	}
}

// A floor is taken in its strictest reading, also where the engine computed a default for the container's capabilities,
// which the pod's author chose.
func TestCapabilitiesOpenNoFloor(t *testing.T) {
	s, err := profile.RuntimeDefault(workload.EngineKubernetes).Resolve(profile.Target{Facts: facts(), Capabilities: workload.AllCapabilities})
	if err != nil {
		t.Fatal(err)
	}
	for _, floor := range []string{"{type: RuntimeDefault}", "{base: RuntimeDefault, deny: [mkdir]}"} {
		e := built(t, "mode: enforce\nfloor: {profile: "+floor+"}\ndefault: {action: keep}\n")
		req := columns["RuntimeDefault"].request()
		req.Current.Filter = s
		for _, caps := range []workload.Attr[workload.Capabilities]{workload.Unknown[workload.Capabilities](), workload.Known(workload.AllCapabilities)} {
			req.Workload.Capabilities = caps
			out, err := e.Enforce(req)
			if err != nil {
				t.Fatal(err)
			}
			if got := asks(t, out.Effective, "unshare"); got != "1" {
				t.Errorf("floor %s, capabilities %v: unshare is %s", floor, caps, got)
			}
		}
	}
}

// TestFloorOfOneArgumentInAudit: an entry with an argument, alone in a floor, needs a rule beside it for libseccomp, which
// denies a call that no kernel has. That is no reason not to log.
func TestFloorOfOneArgumentInAudit(t *testing.T) {
	e := built(t, "mode: enforce\ndefault: {action: keep}\n"+
		"floor: {mode: audit, deny: [{names: [socket], args: [{index: 0, op: EQ, value: 40}]}]}\n")
	for _, name := range []string{"Unconfined", "privileged"} {
		out, err := e.Enforce(columns[name].request())
		if err != nil {
			t.Fatal(err)
		}
		if got := asks(t, out.Effective, "socket", 40); got != "log" || asks(t, out.Effective, "socket", 1) != "allow" {
			t.Errorf("%s: socket(40) is %s, notes %q", name, got, out.Notes)
		}
	}
}

// In audit nothing is given to a container that its runtime might not start it with.
func TestAuditGivesNoFilterToARuntimeWithoutSeccomp(t *testing.T) {
	for _, able := range []bool{true, false} {
		f := facts()
		f.Runtimes = []host.Runtime{{Name: "runc", Version: "1.5.2", Seccomp: able, Libseccomp: "2.6.0"}}
		e := builtOn(t, f, "mode: audit\nfloor: {deny: [keyctl]}\ndefault: {action: keep}\n")
		out, err := e.Enforce(columns["Unconfined"].request())
		if err != nil {
			t.Fatal(err)
		}
		if (out.Install != nil) != able || out.Would == "" {
			t.Errorf("seccomp %v: installs %v, would %q, notes %q", able, out.Install != nil, out.Would, out.Notes)
		}
	}
}
