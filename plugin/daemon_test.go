package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/denial"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

func TestMain(m *testing.M) {
	logrus.SetOutput(io.Discard)
	os.Exit(m.Run())
}

const header = "apiVersion: seccompd/v1\nkind: NodePolicy\n"

// Three policies that a test can tell apart.
const (
	keepAll   = "mode: enforce\ndefault: {action: keep}\n"
	refuseAll = "mode: enforce\ndefault: {action: refuse, message: no}\n"
	auditAll  = "mode: audit\ndefault: {action: keep}\n"
)

// machine is a directory that stands for a node's.
type machine struct {
	t   *testing.T
	dir string
	set settings
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	dir, err := os.MkdirTemp("", "sd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	m := &machine{t: t, dir: dir}
	m.set = settings{
		policy: m.path("etc/policy.yaml"), profiles: []string{m.path("etc/profiles")}, socket: m.path("nri.sock"), index: "10",
		stateDir: m.path("state"), runDir: m.path("run"), decisions: m.path("log/d.jsonl"), metrics: "unix:" + m.path("m.sock"),
		logLevel: "info", logFormat: "text",
	}
	for _, d := range []string{"etc/profiles", "etc/other"} {
		if err := os.MkdirAll(m.path(d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

func (m *machine) write(name, text string) {
	m.t.Helper()
	if err := os.WriteFile(m.path(name), []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) policy(text string) { m.write("etc/policy.yaml", header+text) }

// apply puts a policy in force as seccompctl does, from another file than the daemon's.
func (m *machine) apply(text string) { m.applyFrom("other.yaml", text) }

func (m *machine) applyFrom(name, text string) {
	m.t.Helper()
	src, err := build.Text(name, []byte(header+text), m.set.profiles)
	if err != nil {
		m.t.Fatal(err)
	}
	snap, _, err := src.Build(build.Node{Facts: host.Assume("amd64"), Now: time.Now()})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := snapshot.Open(m.set.stateDir).Put(snap); err != nil {
		m.t.Fatal(err)
	}
}

// boot starts a daemon, as far as its door, which has no engine to connect to.
func (m *machine) boot() *daemon {
	m.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	d := newDaemon(ctx, m.set, host.Assume("amd64"))
	done := make(chan error, 1)
	go func() { done <- d.serve(ctx) }()
	m.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			m.t.Errorf("the daemon ended with %v", err)
		}
	})
	eventually(m.t, "it serves metrics", func() bool {
		c, err := net.Dial("unix", m.path("m.sock"))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return d
}

// inTime is how long a test waits for what is sure to come; the machine may be slow and have much else to do.
const inTime = 2 * time.Minute

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(inTime); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("it never came to pass that %s", what)
}

// inForce is the default action of the policy that decides; "" where there is none.
func inForce(d *daemon) string {
	e, err := d.keeper.Engine()
	if err != nil {
		return ""
	}
	return string(e.Policy().Mode) + " " + string(e.Policy().Fallback().Action)
}

func TestBoots(t *testing.T) {
	for name, c := range map[string]struct {
		before string // in force when the machine went down
		source string
		want   string
	}{
		"a sound policy":                    {"", keepAll, "enforce keep"},
		"a changed policy":                  {keepAll, refuseAll, "enforce refuse"},
		"a broken policy after a good one":  {keepAll, "mode: nonsense\n", "enforce keep"},
		"no file after a good one":          {keepAll, "", "enforce keep"},
		"a broken policy and nothing ever":  {"", "mode: nonsense\n", ""},
		"no file and nothing ever":          {"", "", ""},
		"an empty file and nothing ever":    {"", "# nothing\n", ""},
		"a broken file of another language": {auditAll, "<html>", "audit keep"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			if c.before != "" {
				m.apply(c.before)
			}
			if c.source != "" {
				m.policy(c.source)
			}
			d := m.boot()
			if got := inForce(d); got != c.want {
				t.Errorf("in force: %q, want %q", got, c.want)
			}
			_, err := d.keeper.Engine()
			if c.want == "" && (err == nil || !strings.Contains(err.Error(), "run 'seccompctl apply'") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("refusals say %v, and not what to do", err)
			}
			s := d.report()
			if broken := c.source != keepAll && c.source != refuseAll; broken != (s.Source.Error != "") || broken != s.InForce.Stale {
				t.Errorf("status says %+v, %+v", s.Source, s.InForce)
			}
		})
	}
}

func TestSourceIsFollowed(t *testing.T) {
	m := newMachine(t)
	m.policy(keepAll)
	d := m.boot()
	m.policy(refuseAll)
	eventually(t, "the changed policy is in force", func() bool { return inForce(d) == "enforce refuse" })
	m.policy("mode: nonsense\n")
	eventually(t, "the broken policy is reported", func() bool { return d.report().Source.Error != "" })
	if got := inForce(d); got != "enforce refuse" {
		t.Errorf("a broken policy put %q in force", got)
	}
	if err := os.Remove(m.set.policy); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the missing policy is reported", func() bool { return strings.Contains(d.report().Source.Error, "no such file") })
	if got := inForce(d); got != "enforce refuse" {
		t.Errorf("a missing policy put %q in force", got)
	}
	m.policy(auditAll)
	eventually(t, "the policy that came back is in force", func() bool { return inForce(d) == "audit keep" })
	stored, err := snapshot.Open(m.set.stateDir).Current()
	if err != nil || string(stored.Policy.Mode) != "audit" {
		t.Errorf("stored for the next start: %v, %v", stored, err)
	}
}

// A ConfigMap is a directory of links to ..data, a link that the kubelet swaps.
func TestConfigMapSwapIsFollowed(t *testing.T) {
	m := newMachine(t)
	for name, text := range map[string]string{"one": keepAll, "two": refuseAll} {
		if err := os.MkdirAll(m.path("cm/.."+name), 0o700); err != nil {
			t.Fatal(err)
		}
		m.write("cm/.."+name+"/policy.yaml", header+text)
	}
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, m.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..one", "cm/..data")
	link("..data/policy.yaml", "cm/policy.yaml")
	link("../cm/policy.yaml", "etc/policy.yaml")
	looking := lookAgain
	lookAgain = time.Hour // what is not noticed is not found by looking either
	t.Cleanup(func() { lookAgain = looking })
	d := m.boot()
	if got := inForce(d); got != "enforce keep" {
		t.Fatalf("in force: %q", got)
	}
	link("..two", "cm/..tmp")
	if err := os.Rename(m.path("cm/..tmp"), m.path("cm/..data")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the swapped policy is in force", func() bool { return inForce(d) == "enforce refuse" })
}

func TestProfilesAreFollowed(t *testing.T) {
	m := newMachine(t)
	m.write("etc/profiles/p.json", `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}`)
	m.policy("mode: enforce\ndefault: {action: replace, profile: {type: Localhost, localhostProfile: p.json}}\n")
	d := m.boot()
	before := d.report().InForce.Digest
	m.write("etc/profiles/p.json", `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["rmdir"],"action":"SCMP_ACT_ERRNO"}]}`)
	eventually(t, "the changed profile is in force", func() bool { return d.report().InForce.Digest != before })
}

// What seccompctl applies is taken over, and a rollback is not undone by the source that it took out of force, not even
// by a restart.
func TestApplyAndRollbackAreFollowed(t *testing.T) {
	m := newMachine(t)
	m.policy(keepAll)
	d := m.boot()
	m.apply(refuseAll)
	eventually(t, "the applied policy is in force", func() bool { return inForce(d) == "enforce refuse" })
	m.policy(auditAll)
	eventually(t, "the changed source is in force", func() bool { return inForce(d) == "audit keep" })
	if _, err := snapshot.Open(m.set.stateDir).Rollback(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the rollback is in force", func() bool { return inForce(d) == "enforce refuse" })
	m.write("etc/other/touch", "x")
	time.Sleep(2 * quiet)
	if got := inForce(d); got != "enforce refuse" {
		t.Errorf("the rollback was undone: %q", got)
	}
	d.keeper.SourceChanged(t.Context())
	if got := inForce(d); got != "enforce refuse" || !d.report().Source.Held {
		t.Errorf("after looking at the source: %q, %+v", got, d.report().Source)
	}
	m.set.metrics = "none"
	again := newDaemon(t.Context(), m.set, host.Assume("amd64"))
	again.keeper.Start(t.Context())
	if got := inForce(again); got != "enforce refuse" {
		t.Errorf("after a restart: %q", got)
	}
}

// A policy that is written and applied at once comes into force once: the rollback goes to the one before.
func TestAppliedSourceIsNotAppliedAgain(t *testing.T) {
	m := newMachine(t)
	m.policy(keepAll)
	d := newDaemon(t.Context(), m.set, host.Assume("amd64"))
	d.keeper.Start(t.Context())
	m.policy(refuseAll)
	m.applyFrom(m.set.policy, refuseAll)
	d.keeper.SourceChanged(t.Context()) // before StoreChanged
	kept, err := snapshot.Open(m.set.stateDir).List()
	if err != nil || len(kept) != 2 || inForce(d) != "enforce refuse" {
		t.Errorf("%d policies are kept, %v, in force: %s; want two, and the one that was applied", len(kept), err, inForce(d))
	}
}

func TestStateThatCannotBeWritten(t *testing.T) {
	m := newMachine(t)
	m.write("state", "not a directory")
	m.policy(keepAll)
	d := m.boot()
	if got := inForce(d); got != "enforce keep" {
		t.Errorf("a node's first policy is not in force because it cannot be stored: %q", got)
	}
}

func get(t *testing.T, m *machine, path string) (int, string) {
	t.Helper()
	c := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", m.path("m.sock"))
	}}}
	r, err := c.Get("http://seccompd" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func TestMetricsAndHealth(t *testing.T) {
	m := newMachine(t)
	m.policy(auditAll + "floor: {mode: enforce, deny: [keyctl, {names: [bpf], auditUntil: 2120-01-01T00:00:00Z}]}\n" +
		"exceptions: [{name: x, match: {namespaces: [a]}, allow: [keyctl], until: 2020-01-01T00:00:00Z, reason: r}]\n")
	d := m.boot()
	d.log.Record(audit.Record{ID: "1", Result: audit.ResultRefused, Rule: "r", Action: "refuse", Reason: "rule", Message: "no"})
	d.metrics.observe("CreateContainer", time.Millisecond)
	eventually(t, "the refusal is counted", func() bool { return d.metrics.counts()[audit.ResultRefused] == 1 })
	_, body := get(t, m, "/metrics")
	for _, want := range []string{
		`seccompd_containers_total{action="refuse",result="refused",rule="r"} 1`, `seccompd_refusals_total{reason="rule"} 1`,
		`seccompd_handler_seconds_count{handler="CreateContainer"} 1`, `seccompd_snapshot_info{digest="sha256:`, `mode="audit"`,
		"seccompd_snapshot_age_seconds", `seccompd_applies_total{result="applied"} 1`, "seccompd_source_ok 1", "seccompd_nri_connected",
		`seccompd_fail_closed{measure="required_plugins"} NaN`, `seccompd_decision_records_total{result="written"} 1`, "seccompd_build_info",
		`seccompd_exception_end_timestamp_seconds{exception="x"} 1.5778368e+09`,
		`seccompd_floor_entries{state="audit"} 1`, `seccompd_floor_entries{state="enforce"} 1`, `seccompd_floor_entries{state="ended"} 0`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if code, text := get(t, m, "/healthz"); code != http.StatusServiceUnavailable || !strings.Contains(text, "no connection to the engine") {
		t.Errorf("healthz %d %q", code, text)
	}
	if st, err := os.Stat(m.path("m.sock")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("socket mode %v, %v", st.Mode(), err)
	}
	eventually(t, "the status file says so", func() bool {
		s, err := audit.ReadStatus(m.set.runDir)
		return err == nil && s.InForce.Mode == "audit" && len(s.Refusals) == 1 && s.Containers[audit.ResultRefused] == 1
	})
}

// A daemon that cannot serve metrics or write a status or its log is a daemon all the same.
func TestNothingThatCannotBeWrittenStopsIt(t *testing.T) {
	m := newMachine(t)
	m.policy(keepAll)
	m.write("run", "")
	m.write("log", "")
	d := m.boot()
	d.log.Record(audit.Record{ID: "1", Result: audit.ResultKept})
	eventually(t, "the failure is counted", func() bool { return d.log.Stats().Failed == 1 })
	if got := inForce(d); got != "enforce keep" {
		t.Errorf("in force: %q", got)
	}
}

func TestChangedHostIsCompiledFor(t *testing.T) {
	m := newMachine(t)
	m.policy("mode: enforce\ndefault: {action: fill, profile: {type: RuntimeDefault}}\n")
	d := m.boot()
	before := d.report().InForce.Digest
	d.keeper.HostChanged(t.Context(), host.Assume("amd64"))
	if d.report().InForce.Digest != before {
		t.Error("the same host is another policy")
	}
	d.keeper.HostChanged(t.Context(), host.Assume("arm64"))
	if d.report().InForce.Digest == before {
		t.Error("another host is the same policy")
	}
}

func TestSourceThatWeakensIsNotFollowed(t *testing.T) {
	m := newMachine(t)
	m.policy("mode: enforce\nrefuseWeakening: true\ndefault: {action: refuse}\n")
	d := m.boot()
	before := inForce(d)
	m.policy("mode: enforce\ndefault: {action: keep}\n")
	eventually(t, "it is complained of", func() bool {
		source, _, _, _ := d.keeper.report()
		return strings.Contains(source.Error, "refuseWeakening")
	})
	if now := inForce(d); now != before {
		t.Errorf("in force is %s; want %s still", now, before)
	}
}

// TestWithoutNRI: where the policy relies on the runtime door alone, a node without NRI is well, and its daemon ready at once.
func TestWithoutNRI(t *testing.T) {
	for name, socket := range map[string]string{"none": noSocket, "not there": ""} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			if socket != "" {
				m.set.socket = socket
			}
			m.policy("doors: [runtime]\n" + keepAll)
			d := m.boot()
			select {
			case <-d.notify.connected:
			case <-time.After(inTime):
				t.Fatal("it waits for an engine")
			}
			if ill := d.ill(); len(ill) > 0 {
				t.Errorf("it is ill: %q", ill)
			}
			if text := metricsOf(t, m); strings.Contains(text, "seccompd_nri_connected") || !strings.Contains(text, "seccompd_snapshot_info") {
				t.Errorf("its metrics tell of NRI, or of nothing:\n%s", text)
			}
			m.apply("doors: [nri, runtime]\n" + keepAll)
			eventually(t, "it tells of NRI", func() bool { return strings.Contains(metricsOf(t, m), "seccompd_nri_connected") })
			if ill := d.ill(); len(ill) != 1 || !strings.Contains(ill[0], "no connection to the engine: ") || socket != "" && !strings.Contains(ill[0], "--nri-socket is none") {
				t.Errorf("without NRI, on which the policy relies: %q", ill)
			}
		})
	}
}

func metricsOf(t *testing.T, m *machine) string {
	t.Helper()
	_, text := get(t, m, "/metrics")
	return text
}

// TestStoppedDaemonSaysSo leaves a status that nobody takes for that of a daemon that runs.
func TestStoppedDaemonSaysSo(t *testing.T) {
	m := newMachine(t)
	m.policy(keepAll)
	m.set.denials = m.path("log/n.jsonl")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- newDaemon(ctx, m.set, host.Assume("amd64")).serve(ctx) }()
	eventually(t, "it says how it does", func() bool {
		s, err := audit.ReadStatus(m.set.runDir)
		return err == nil && !s.Stopped
	})
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if s, err := audit.ReadStatus(m.set.runDir); err != nil || !s.Stopped {
		t.Errorf("a daemon that stopped says %+v, %v", s, err)
	}
	if s, err := denial.ReadStatus(m.set.runDir); err != nil || s.Reading || s.Error != "it stopped" {
		t.Errorf("of denials a daemon that stopped says %+v, %v", s, err)
	}
}
