package integration_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/drift"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/snapshot"
)

// deceiving is a runtime that loads another filter than the configuration has, before and after: kexec_load is denied where
// that denies mincore.
func (d *driftNode) deceiving(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(d.Dir(), "deceiving")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return script(t, filepath.Join(dir, "runc"), fmt.Sprintf(`bundle=
for arg do
	if [ "$bundle" = next ]; then bundle=$arg; fi
	if [ "$arg" = --bundle ]; then bundle=next; fi
done
if [ -z "$bundle" ]; then exec %[1]s "$@"; fi
cp -p "$bundle/config.json" "$bundle/config.before"
sed -i 's/"mincore"/"kexec_load"/g' "$bundle/config.json"
%[1]s "$@"
code=$?
mv "$bundle/config.before" "$bundle/config.json"
exit $code
`, built(t, "runc")))
}

// told waits until the daemon's log has a verdict on a container, and returns the line.
func (d *driftNode) told(t *testing.T, id string, verdict drift.Verdict) string {
	t.Helper()
	var log []byte
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		if log, err = os.ReadFile(d.daemon.LogFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(log)) {
			if strings.Contains(line, "container_id="+id+" ") && strings.Contains(line, "verdict="+string(verdict)) {
				return line
			}
		}
	}
	t.Fatalf("the daemon does not say that %s is %s:\n%s", id, verdict, log)
	return ""
}

// create creates a container with a runtime, and does not start it.
func (d *driftNode) create(t *testing.T, runtime, id string) {
	t.Helper()
	bundle := filepath.Join(d.Dir(), "bundles", id)
	if err := os.MkdirAll(bundle, 0o755); err != nil {
		t.Fatal(err)
	}
	var namespaces []map[string]string
	for _, kind := range []string{"pid", "mount", "ipc", "uts"} {
		namespaces = append(namespaces, map[string]string{"type": kind})
	}
	config, err := json.Marshal(map[string]any{
		"ociVersion": "1.2.0",
		"root":       map[string]any{"path": d.rootfs},
		"process":    map[string]any{"user": map[string]int{"uid": 0, "gid": 0}, "args": []string{"/drifter", "pause"}, "cwd": "/"},
		"mounts": []map[string]string{
			{"destination": "/proc", "type": "proc", "source": "proc"}, {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
		},
		"linux": map[string]any{"namespaces": namespaces, "cgroupsPath": filepath.Join("/", filepath.Base(d.Dir()), id)},
	})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(bundle, "config.json"), string(config))
	out, err := os.Create(d.output(id))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(t.Context(), runtime, "--root", filepath.Join(d.Dir(), "runc"), "create", "--bundle", bundle, id)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		t.Fatalf("create %s: %v: %s", id, err, d.said(t, id))
	}
	t.Cleanup(func() {
		_ = exec.Command(built(t, "runc"), "--root", filepath.Join(d.Dir(), "runc"), "delete", "--force", id).Run()
	})
}

// oci runs a subcommand of a runtime about a container.
func (d *driftNode) oci(t *testing.T, runtime, verb, id string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), runtime, "--root", filepath.Join(d.Dir(), "runc"), verb, id).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", verb, id, err)
	}
	return string(out)
}

func (d *driftNode) state(t *testing.T, id string) string {
	t.Helper()
	var s struct{ Status string }
	if err := json.Unmarshal([]byte(d.oci(t, built(t, "runc"), "state", id)), &s); err != nil {
		t.Fatal(err)
	}
	return s.Status
}

// readTimes is how often the daemon has read the filters of a thread of a container, by its log, and failedTimes how often the thread
// did not stop in time.
func (d *driftNode) readTimes(t *testing.T, id string) int {
	t.Helper()
	return d.loggedOf(t, id, "filters were read")
}

func (d *driftNode) failedTimes(t *testing.T, id string) int {
	t.Helper()
	return d.loggedOf(t, id, "filters were not read")
}

func (d *driftNode) loggedOf(t *testing.T, id, message string) int {
	t.Helper()
	log, err := os.ReadFile(d.daemon.LogFile())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, "container_id="+id+" ") && strings.Contains(line, `msg="`+message) {
			n++
		}
	}
	return n
}

// voluntary is how often a thread was given up for others because it waits: a stop is one such time, and waiting again another.
var voluntary = regexp.MustCompile(`(?m)^voluntary_ctxt_switches:\t(\d+)$`)

func switchesOf(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := voluntary.FindSubmatch(text)
	if m == nil {
		t.Fatalf("no switches in %s", text)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// readBy waits until the daemon has read the filters of all of a container's processes.
func (d *driftNode) readBy(t *testing.T, id string) {
	t.Helper()
	var c drift.Container
	given := 3 * (d.failedTimes(t, id)/3 + 1)
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if c = d.drift(t)[id]; c.Basis == drift.ByKernel {
			return
		}
		if d.failedTimes(t, id) >= given { // a daemon gives up what does not stop in time three times
			given += 3
			if err := d.daemon.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Fatalf("the daemon has not read the filter of %s: %+v", id, c)
}

// looks waits until the daemon has looked so many times more.
func (d *driftNode) looks(t *testing.T, times int) {
	t.Helper()
	done := func() int {
		const name = `seccompd_drift_audits_total{result="done"} `
		metrics := scrape(t, d.daemon)
		_, rest, ok := strings.Cut(metrics, name)
		if !ok {
			return 0
		}
		n, err := strconv.Atoi(strings.Fields(rest)[0])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for want, end := done()+times, time.Now().Add(settle); done() < want; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the daemon does not look any more")
		}
	}
}

// reader looks as the daemon does.
func (d *driftNode) reader(t *testing.T) *drift.Node {
	t.Helper()
	snap, err := snapshot.Open(d.daemon.Options.StateDir).Current()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := enforce.New(snap, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	roots := drift.DefaultRoots()
	roots.Containerd, roots.Runtimes = []string{filepath.Join(d.Dir(), "state")}, []string{filepath.Join(d.Dir(), "runc")}
	return drift.New(drift.Settings{Roots: roots, Decisions: d.daemon.Options.Decisions, RunDir: d.daemon.Options.RunDir, Engine: engine, Snapshot: snap, Read: true})
}
