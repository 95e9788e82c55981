package integration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/integration/node"
	"github.com/seccompd/seccompd/pkg/drift"
)

// driftNode is a node whose containers are looked at: pods through NRI, and those of ctr through the runtime door or past it.
type driftNode struct {
	*node.Node
	daemon *node.Daemon
	rootfs string
	door   string // the path of the runtime door
}

// newDriftNode prepares what containers of ctr need. The daemon does not run yet.
func newDriftNode(t *testing.T, policy string) *driftNode {
	t.Helper()
	n := newNode(t, node.Options{})
	src := newSource(t, n, policy)
	d := &driftNode{Node: n, rootfs: filepath.Join(n.Dir(), "rootfs")}
	d.daemon = n.Daemon(node.DaemonOptions{
		Policy: src.policy, Profiles: []string{src.profiles},
		Args: []string{"--containerd-state", filepath.Join(n.Dir(), "state"), "--runtime-state", filepath.Join(n.Dir(), "runc"), "--drift-interval", "1s"},
	})
	d.door = d.doorTo(t, built(t, "runc"))
	for _, dir := range []string{"bin", "proc", "sys", "dev", "tmp"} {
		if err := os.MkdirAll(filepath.Join(d.rootfs, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	buildDrifter(t, filepath.Join(d.rootfs, "drifter"))
	return d
}

func built(t *testing.T, name string) string {
	t.Helper()
	path, err := node.Binary(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// doorTo makes a program that is the runtime door before a runtime.
func (d *driftNode) doorTo(t *testing.T, runtime string) string {
	t.Helper()
	dir, err := os.MkdirTemp(d.Dir(), "door")
	if err != nil {
		t.Fatal(err)
	}
	o := d.daemon.Options
	settings, err := json.Marshal(map[string]string{"runtime": runtime, "stateDir": o.StateDir, "runDir": o.RunDir, "decisions": o.Decisions})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "runtime.json"), settings, 0o644); err != nil {
		t.Fatal(err)
	}
	return script(t, filepath.Join(dir, "runc"), fmt.Sprintf("export SECCOMPD_RUNTIME_CONFIG=%s\nexec %s \"$@\"\n", filepath.Join(dir, "runtime.json"), built(t, "seccompd-runtime")))
}

func script(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// ctr runs ctr in containerd's namespace "default".
func (d *driftNode) ctr(t *testing.T, args ...string) string {
	t.Helper()
	out, err := d.tryCtr(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (d *driftNode) tryCtr(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), built(t, "ctr"), append([]string{"--address", d.ContainerdSocket(), "--namespace", "default"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("ctr %s: %w: %s", args[0], err, stderr.String())
	}
	return string(out), err
}

// run starts a container of ctr with a runtime, and returns when its program has said that it is ready.
func (d *driftNode) run(t *testing.T, runtime, id, word string, more ...string) {
	t.Helper()
	args := []string{
		"run", "--detach", "--rootfs", "--runc-binary", runtime, "--runc-root", filepath.Join(d.Dir(), "runc"), "--log-uri", "file://" + d.output(id),
		"--fifo-dir", fifos(d.Node),
		// ctr's own choice is the same on every node of this machine, and nobody would take it away.
		"--cgroup", filepath.Join("/", filepath.Base(d.Dir()), id),
	}
	d.ctr(t, append(append(args, more...), d.rootfs, id, "/drifter", word)...)
	for end := time.Now().Add(settle); !strings.Contains(d.said(t, id), "ready"); time.Sleep(10 * time.Millisecond) {
		if word == "blocked" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%s is not ready: %s", id, d.said(t, id))
		}
	}
}

func (d *driftNode) output(id string) string { return filepath.Join(d.Dir(), id+".out") }

// said is what a container of ctr wrote.
func (d *driftNode) said(t *testing.T, id string) string {
	t.Helper()
	text, err := os.ReadFile(d.output(id))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// pid is that of the first process of a container of ctr.
func (d *driftNode) pid(t *testing.T, id string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.Dir(), "state", "io.containerd.runtime.v2.task", "default", id, "init.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func (d *driftNode) roots() []string {
	return []string{"--containerd-state", filepath.Join(d.Dir(), "state"), "--runtime-state", filepath.Join(d.Dir(), "runc")}
}

// drift runs seccompctl drift and returns what it says of this node's containers, by id.
func (d *driftNode) drift(t *testing.T, args ...string) map[string]drift.Container {
	t.Helper()
	var out map[string]drift.Container
	patiently(t, func() []string {
		var r drift.Report
		d.ask(t, &r, append([]string{"drift", "--decisions", d.daemon.Options.Decisions}, args...)...)
		out = map[string]drift.Container{}
		for _, c := range r.Containers {
			out[c.ID] = c
		}
		return reasons(r)
	})
	return out
}

// reasons are those of a node's own containers. What others on the machine run is found by its namespace alone.
func reasons(r drift.Report) (out []string) {
	for _, c := range r.Containers {
		if !strings.HasPrefix(c.ID, "pid:") {
			out = append(out, c.Reason)
		}
	}
	return out
}

// patiently looks again where the machine was too busy to stop a thread in time.
func patiently(t *testing.T, look func() (reasons []string)) {
	t.Helper()
	for end := time.Now().Add(settle); time.Now().Before(end); {
		busy := slices.ContainsFunc(look(), func(reason string) bool { return strings.Contains(reason, "it did not stop within") })
		if !busy {
			return
		}
		t.Log("a thread did not stop in time: look again")
	}
}

// ask runs a verb of seccompctl that looks at running containers, whose answer may be no.
func (d *driftNode) ask(t *testing.T, answer any, args ...string) {
	t.Helper()
	cmd, err := d.daemon.Ctl(t.Context(), append(append(args, d.roots()...), "-o", "json")...)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("%q: %v: %s", args, err, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), answer); err != nil {
		t.Fatalf("%q: %v: %s", args, err, stdout.String())
	}
}

// verdicts compares verdicts, and the first words of the reasons where they are given after a colon.
func verdicts(t *testing.T, how string, got map[string]drift.Container, want map[string]string) {
	t.Helper()
	for id, w := range want {
		c, ok := got[id]
		text := string(c.Verdict)
		if c.Reason != "" {
			text += ": " + c.Reason
		}
		if !ok || !strings.HasPrefix(text, w) {
			t.Errorf("%s, %s: %q, want %q (calls %v, now %+v, then %+v, held %+v, notes %q)", how, id, text, w, c.Calls, c.Now, c.Then, c.Held, c.Notes)
		}
	}
}

// scrape returns the metrics of a daemon.
func scrape(t *testing.T, d *node.Daemon) string {
	t.Helper()
	_, socket, _ := strings.Cut(d.Options.Metrics, "unix://")
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	answer, err := client.Get("http://seccompd/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
