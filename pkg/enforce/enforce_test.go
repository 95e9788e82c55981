package enforce_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/algebra"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/policy/policyfile"
	"github.com/seccompd/seccompd/pkg/profile"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
	"github.com/seccompd/seccompd/pkg/workload"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// facts is an amd64 host whose kernel runs 32-bit programs and no x32, with runc 1.5.
func facts() host.Facts {
	f := host.Assume("amd64")
	f.ABIs = []specs.Arch{specs.ArchX86_64, specs.ArchX86}
	return f
}

func engine(t *testing.T, text string, profiles map[string]*profile.Profile) *enforce.Engine {
	t.Helper()
	p, err := policyfile.Parse("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	e, err := enforce.New(&snapshot.Snapshot{Created: now, Policy: p, Profiles: profiles, Facts: facts()}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// built is the engine of a policy that names no files.
func built(t *testing.T, text string) *enforce.Engine {
	t.Helper()
	return builtOn(t, facts(), text)
}

// builtOn is built for another host.
func builtOn(t testing.TB, f host.Facts, text string) *enforce.Engine {
	t.Helper()
	src, err := build.Text("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\n"+text), nil)
	if err != nil {
		t.Fatal(err)
	}
	snap, _, err := src.Build(build.Node{Facts: f, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	e, err := enforce.New(snap, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// plain is a profile with no conditions: a deny by default with two calls.
func plain() map[string]*profile.Profile {
	return map[string]*profile.Profile{"Localhost/p.json": {
		Name: "p.json", Dialect: profile.OCI, DefaultAction: specs.ActErrno,
		Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32},
		Rules:         []profile.Rule{{Names: []string{"read", "write"}, Action: specs.ActAllow}},
	}}
}

func own() *specs.LinuxSeccomp {
	return &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow, Architectures: []specs.Arch{specs.ArchX86_64},
		Syscalls: []specs.LinuxSyscall{{Names: []string{"chmod"}, Action: specs.ActErrno}},
	}
}

// column is a request as the NRI door of containerd 2.4 sees it: capabilities are not known.
type column struct {
	requested  workload.Requests
	privileged bool
	current    enforce.Current
}

var columns = map[string]column{
	"RuntimeDefault": {workload.RequestRuntimeDefault, false, enforce.Current{State: enforce.CurrentFilter, Filter: own(), RuntimeDefault: true}},
	"Localhost":      {workload.RequestLocalhost, false, enforce.Current{State: enforce.CurrentFilter, Filter: own()}},
	"Unconfined":     {workload.RequestUnconfined, false, enforce.Current{State: enforce.CurrentNone}},
	"unset":          {workload.RequestUnset, false, enforce.Current{State: enforce.CurrentNone}},
	"legacy":         {workload.RequestLocalhost, false, enforce.Current{State: enforce.CurrentNone}},
	"privileged":     {workload.RequestUnset, true, enforce.Current{State: enforce.CurrentNone}},
	"not seen":       {workload.AnyRequest, false, enforce.Current{}},
}

func (c column) request() enforce.Request {
	return enforce.Request{Current: c.current, Workload: &workload.Workload{
		Door: workload.DoorNRI, Engine: workload.Known(workload.EngineKubernetes), Namespace: workload.Known("default"),
		Requested: c.requested, Privileged: workload.Known(c.privileged), Kinds: workload.KindContainer,
	}}
}

func TestActions(t *testing.T) {
	const p = "profile: {type: Localhost, localhostProfile: p.json}"
	const rd = "profile: {type: RuntimeDefault}"
	for _, row := range []struct {
		action string
		want   map[string]string
	}{
		{"action: keep", map[string]string{
			"RuntimeDefault": "stays", "Localhost": "stays", "Unconfined": "none", "unset": "none", "legacy": "none", "privileged": "none", "not seen": "none",
		}},
		{"action: fill, " + p, map[string]string{
			"RuntimeDefault": "stays", "Localhost": "stays", "Unconfined": "p.json", "unset": "p.json", "legacy": "p.json", "privileged": "p.json", "not seen": "undecidable",
		}},
		{"action: fill, " + rd, map[string]string{
			"RuntimeDefault": "stays", "Localhost": "stays", "Unconfined": "undecidable", "unset": "RuntimeDefault", "legacy": "RuntimeDefault", "privileged": "undecidable", "not seen": "undecidable",
		}},
		{"action: replace, " + p, map[string]string{
			"RuntimeDefault": "p.json", "Localhost": "p.json", "Unconfined": "p.json", "unset": "p.json", "legacy": "p.json", "privileged": "p.json", "not seen": "p.json",
		}},
		{"action: replace, " + rd, map[string]string{
			"RuntimeDefault": "stays", "Localhost": "undecidable", "Unconfined": "undecidable", "unset": "RuntimeDefault", "legacy": "RuntimeDefault", "privileged": "undecidable", "not seen": "undecidable",
		}},
		{"action: refuse, message: not here", map[string]string{
			"RuntimeDefault": "rule", "Localhost": "rule", "Unconfined": "rule", "unset": "rule", "legacy": "rule", "privileged": "rule", "not seen": "rule",
		}},
	} {
		e := engine(t, "mode: enforce\ndefault: {"+row.action+"}\n", plain())
		audit := engine(t, "mode: audit\ndefault: {"+row.action+"}\n", plain())
		for name, c := range columns {
			t.Run(row.action+"/"+name, func(t *testing.T) {
				out, err := e.Enforce(c.request())
				if got := describe(t, out, err); got != row.want[name] {
					t.Errorf("enforce: %s (%v); want %s", got, err, row.want[name])
				}
				out, err = audit.Enforce(c.request())
				if err != nil || out.Mode != policy.ModeAudit {
					t.Fatalf("audit refused, or is in mode %s: %v", out.Mode, err)
				}
				deniesNoMore(t, out.Install, c.current)
				if refused := row.want[name] == "undecidable" || row.want[name] == "rule"; out.Refused != refused || out.Would == "" {
					t.Errorf("audit says it would %q, refused %v; want refused %v", out.Would, out.Refused, refused)
				}
			})
		}
	}
}

func describe(t *testing.T, out enforce.Outcome, err error) string {
	t.Helper()
	var refusal *enforce.Refusal
	if errors.As(err, &refusal) {
		return string(refusal.Reason)
	}
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case out.Install == nil && out.Effective == nil:
		return "none"
	case out.Profile == enforce.CurrentProfile:
		return "stays"
	}
	return out.Profile
}

// deniesNoMore holds that a filter which audit installs denies nothing that the container's own permits, and permits nothing
// that it denies.
func deniesNoMore(t *testing.T, installed *specs.LinuxSeccomp, own enforce.Current) {
	t.Helper()
	if installed == nil {
		return
	}
	if own.Filter == nil {
		own.Filter = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: facts().ABIs}
	}
	for _, w := range algebra.Compare(meaning(t, installed), meaning(t, own.Filter)).Tighter {
		if w.A.Class() == algebra.Denies {
			t.Errorf("audit denies %s", w)
		}
	}
	for _, w := range algebra.Compare(meaning(t, installed), meaning(t, own.Filter)).Looser {
		t.Errorf("audit is laxer: %s", w)
	}
}

func meaning(t *testing.T, f *specs.LinuxSeccomp) algebra.Meaning {
	t.Helper()
	m, _, err := algebra.Read(f, algebra.Env{Native: specs.ArchX86_64, Stub: true})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestUnsetTakesTheDefaultSetAndSaysSo(t *testing.T) {
	e := engine(t, "mode: enforce\n", nil)
	out, err := e.Enforce(columns["unset"].request())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(out.Notes, "\n"), "default set") {
		t.Errorf("notes %q do not say which capabilities were taken", out.Notes)
	}
	want, err := profile.RuntimeDefault(workload.EngineKubernetes).Resolve(profile.Target{Facts: facts(), Capabilities: workload.DefaultCapabilities})
	if err != nil {
		t.Fatal(err)
	}
	want.Architectures = facts().ABIs
	if c := algebra.Compare(meaning(t, out.Install), meaning(t, want)); c.Verdict != algebra.Equal {
		t.Errorf("it is %s: %v %v", c.Verdict, c.Tighter, c.Looser)
	}
}

func TestOnErrorRuntimeDefault(t *testing.T) {
	e := engine(t, "mode: enforce\nonError: RuntimeDefault\nrules:\n- {name: gated, match: {capabilities: {anyOf: [SYS_ADMIN]}}, action: keep}\n", nil)
	for name, want := range map[string]string{
		"RuntimeDefault": "stays", "Unconfined": "RuntimeDefault", "privileged": "RuntimeDefault", "unset": "RuntimeDefault",
		"Localhost": "RuntimeDefault", "not seen": "undecidable",
	} {
		out, err := e.Enforce(columns[name].request())
		if got := describe(t, out, err); got != want {
			t.Errorf("%s: %s (%v); want %s", name, got, err, want)
		}
		if err == nil && !strings.Contains(strings.Join(out.Notes, "\n"), "capabilities") {
			t.Errorf("%s: notes %q do not say why", name, out.Notes)
		}
	}
}

func TestTrimDropsWhatTheKernelDoesNotRun(t *testing.T) {
	with := func(settings string) []specs.Arch {
		e := engine(t, "mode: enforce\n"+settings+"default: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n", plain())
		out, err := e.Enforce(columns["Localhost"].request())
		if err != nil {
			t.Fatal(err)
		}
		return out.Install.Architectures
	}
	for settings, want := range map[string]int{"": 2, "architectures: keep\n": 3, "architectures: native\n": 1, "normalise: false\n": 3} {
		if got := with(settings); len(got) != want {
			t.Errorf("%q: %v; want %d architectures", settings, got, want)
		}
	}
}

// A filter that does not list the native architecture holds there all the same: runtimes add it.
func TestTheNativeArchitectureIsAlwaysIn(t *testing.T) {
	req := columns["Localhost"].request()
	req.Current.Filter = own()
	req.Current.Filter.Architectures = []specs.Arch{specs.ArchX86, specs.ArchX32}
	out, err := engine(t, "mode: enforce\ndefault: {action: keep}\n", nil).Enforce(req)
	if err != nil || !slices.Equal(out.Install.Architectures, []specs.Arch{specs.ArchX86_64, specs.ArchX86}) {
		t.Errorf("installed %+v, %v; want it for the two architectures that the kernel runs", out.Install, err)
	}
}

func TestAuditCallsARewrittenFilterKept(t *testing.T) {
	req := columns["Localhost"].request()
	req.Current.Filter.Architectures = append(req.Current.Filter.Architectures, specs.ArchX32)
	out, err := engine(t, "mode: audit\n", nil).Enforce(req)
	if err != nil {
		t.Fatal(err)
	}
	if want := "keep the current filter, rewritten to mean the same"; out.Would != want || out.Install != nil || len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "X32") {
		t.Errorf("would %q, with notes %q; want %q and a note on X32", out.Would, out.Notes, want)
	}
}

// TestInlineOnTheEnginesOwnDefault: what the engine computed was resolved for the capabilities that a door does not know.
func TestInlineOnTheEnginesOwnDefault(t *testing.T) {
	e := built(t, "mode: enforce\ndefault: {action: replace, profile: {base: RuntimeDefault, deny: [madvise], allow: [bpf]}}\n")
	request := func(calls ...string) enforce.Request {
		req := columns["RuntimeDefault"].request()
		req.Current.Filter = &specs.LinuxSeccomp{
			DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.ArchX86_64},
			Syscalls: []specs.LinuxSyscall{{Names: calls, Action: specs.ActAllow}},
		}
		return req
	}
	for range 2 { // the second time from the cache
		for _, calls := range [][]string{{"madvise", "write", "mount"}, {"madvise", "write"}} {
			req := request(calls...)
			out, err := e.Enforce(req)
			if err != nil {
				t.Fatal(err)
			}
			var allowed []string
			for _, r := range out.Install.Syscalls {
				if r.Action == specs.ActAllow {
					allowed = append(allowed, r.Names...)
				}
			}
			slices.Sort(allowed)
			if want := slices.Sorted(slices.Values(append([]string{"bpf"}, calls[1:]...))); !slices.Equal(allowed, want) {
				t.Errorf("over %v: %v are allowed, want %v", calls, allowed, want)
			}
			if !slices.Equal(req.Current.Filter.Syscalls[0].Names, calls) {
				t.Errorf("the current filter was changed: %v", req.Current.Filter.Syscalls)
			}
		}
	}
}

func TestEnforceChangesNothingItWasGiven(t *testing.T) {
	profiles := plain()
	e := engine(t, "mode: enforce\n", profiles)
	filter := own()
	filter.Architectures = append(filter.Architectures, specs.ArchX32)
	req := columns["Localhost"].request()
	req.Current.Filter = filter
	out, err := e.Enforce(req)
	if err != nil {
		t.Fatal(err)
	}
	if out.Install == nil || len(out.Install.Architectures) != 1 {
		t.Fatalf("x32 was not trimmed from the kept filter: %+v", out.Install)
	}
	if len(filter.Architectures) != 2 {
		t.Errorf("the current filter was changed: %v", filter.Architectures)
	}
}

func TestRefusalIsOneShortCleanLine(t *testing.T) {
	e := engine(t, "mode: enforce\nrules:\n- {name: no, match: {}, action: refuse, message: \""+strings.Repeat("é", 120)+"\"}\n", nil)
	_, err := e.Enforce(columns["unset"].request())
	var r *enforce.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("%v is no refusal", err)
	}
	line := r.Error()
	if len(line) > 512 || !strings.Contains(line, "rule no") || !strings.Contains(line, r.ID) {
		t.Errorf("%d bytes: %s", len(line), line)
	}
	r.Message = strings.Repeat("é", 400)
	if line := r.Error(); len(line) > 512 || !strings.Contains(line, r.ID) || !strings.Contains(line, "…") {
		t.Errorf("%d bytes: %s", len(line), line)
	}
	r.Message = "a\x1b[31m\nb\u202e"
	if strings.ContainsAny(r.Error(), "\x1b\n\u202e") {
		t.Errorf("control characters reach the reader: %q", r.Error())
	}
}

func TestRefusalNamesTheRuleThatIsUndecidable(t *testing.T) {
	e := engine(t, "mode: enforce\nrules:\n- {name: admins, match: {capabilities: {anyOf: [SYS_ADMIN]}}, action: keep}\n", nil)
	_, err := e.Enforce(columns["unset"].request())
	var r *enforce.Refusal
	if !errors.As(err, &r) || r.Rule != "admins" || !strings.Contains(r.Error(), " [rule admins, undecidable, id ") {
		t.Errorf("%v, want rule admins in it", err)
	}
	r.Rule = ""
	if !strings.Contains(r.Error(), " [undecidable, id ") {
		t.Errorf("without a rule: %s", r.Error())
	}
}

func TestIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		e := engine(t, "mode: enforce\n", nil)
		for range 100 {
			out, err := e.Enforce(columns["unset"].request())
			if err != nil || seen[out.ID] {
				t.Fatalf("id %q, %v", out.ID, err)
			}
			seen[out.ID] = true
		}
	}
}

func TestMissingRequired(t *testing.T) {
	allow := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow}
	deny := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{{Names: []string{"read"}, Action: specs.ActAllow}}}
	for _, rt := range []host.Runtime{{Name: "runc", Version: "1.5.2"}, {Name: "runc", Version: "1.1.5"}, {Name: "crun", Version: "1.8.1"}, {Name: "youki", Version: "0.1"}} {
		if m := enforce.MissingRequired(allow, rt); len(m) != 0 {
			t.Errorf("%s: an allow-all misses %q", rt.Name, m)
		}
		m := enforce.MissingRequired(deny, rt)
		if !strings.Contains(strings.Join(m, " "), "execve") || strings.Contains(" "+strings.Join(m, " ")+" ", " read ") {
			t.Errorf("%s: a filter that allows only read misses %q", rt.Name, m)
		}
	}
	new, old := enforce.MissingRequired(deny, host.Runtime{Name: "runc", Version: "1.10.0"}), enforce.MissingRequired(deny, host.Runtime{Name: "runc", Version: "1.1.5"})
	if len(new) <= len(old) {
		t.Errorf("runc 1.10 was taken for an older one than 1.5: %q", new)
	}
}

func BenchmarkEnforceCached(b *testing.B) {
	p, err := policyfile.Parse("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\n"))
	if err != nil {
		b.Fatal(err)
	}
	e, err := enforce.New(&snapshot.Snapshot{Policy: p, Facts: facts()}, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	req := columns["unset"].request()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Enforce(req); err != nil {
			b.Fatal(err)
		}
	}
}

// TestKeepHeedsWhatTheEngineDoesNotRead: a rule that keeps what workloads ask for gives nobody nothing who asked in a way
// that the engine does not read.
func TestKeepHeedsWhatTheEngineDoesNotRead(t *testing.T) {
	e := engine(t, "mode: enforce\nrules:\n- {name: own, match: {requested: [RuntimeDefault, Localhost]}, action: keep}\n", nil)
	none := enforce.Current{State: enforce.CurrentNone}
	for name, c := range map[string]struct {
		column
		want string
	}{
		"RuntimeDefault":             {column{workload.RequestRuntimeDefault, false, none}, "RuntimeDefault"},
		"Localhost":                  {column{workload.RequestLocalhost, false, none}, "undecidable"},
		"privileged":                 {column{workload.RequestRuntimeDefault, true, none}, "none"},
		"the engine gave its filter": {column{workload.RequestLocalhost, false, enforce.Current{State: enforce.CurrentFilter, Filter: own()}}, "stays"},
		"the filter is not seen":     {column{workload.RequestRuntimeDefault, false, enforce.Current{}}, "undecidable"},
	} {
		req := c.request()
		req.Unheeded = true
		out, err := e.Enforce(req)
		if got := describe(t, out, err); got != c.want {
			t.Errorf("%s: %s (%v); want %s", name, got, err, c.want)
		}
	}
}

// TestDefaultErrnoWhereItGetsLost: NRI drops defaultErrnoRet, so that for its door a default is spelled out.
func TestDefaultErrnoWhereItGetsLost(t *testing.T) {
	errno := uint(38)
	profiles := plain()
	profiles["Localhost/p.json"].DefaultErrnoRet = &errno
	for _, settings := range []string{"", "normalise: false\n"} {
		e := engine(t, "mode: enforce\n"+settings+"default: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n", profiles)
		req := columns["Localhost"].request()
		out, err := e.Enforce(req)
		if err != nil || out.Install.DefaultErrnoRet != nil {
			t.Fatalf("%+v, %v", out.Install, err)
		}
		if got, _ := meaning(t, out.Install).EvaluateName(specs.ArchX86_64, "mkdir", [6]uint64{}); got.Errno != 38 {
			t.Errorf("mkdir answers %s", got)
		}
		req.Workload.Door = workload.DoorRuntime
		if out, err = e.Enforce(req); err != nil || *out.Install.DefaultErrnoRet != 38 {
			t.Errorf("at the door runtime: %+v, %v", out.Install, err)
		}
	}
}

// BenchmarkMeet is a floor met with the engine's default, which a container brings along: from the cache, and computed anew.
func BenchmarkMeet(b *testing.B) {
	src, err := build.Text("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\nmode: enforce\ndefault: {action: keep}\nfloor: {deny: [\"pack:dangerous\"]}\n"), nil)
	if err != nil {
		b.Fatal(err)
	}
	snap, _, err := src.Build(build.Node{Facts: facts(), Now: now})
	if err != nil {
		b.Fatal(err)
	}
	own, err := profile.RuntimeDefault(workload.EngineKubernetes).Resolve(profile.Target{Facts: facts(), Capabilities: workload.DefaultCapabilities})
	if err != nil {
		b.Fatal(err)
	}
	req := columns["RuntimeDefault"].request()
	req.Current.Filter = own
	e, err := enforce.New(snap, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.Enforce(req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			e, err := enforce.New(snap, time.Now)
			if err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			if _, err := e.Enforce(req); err != nil {
				b.Fatal(err)
			}
		}
	})
}
