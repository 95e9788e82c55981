package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/internal/coverage"
	"github.com/seccompd/seccompd/internal/engineconf"
)

// TestDoctorOnTheRuntimeDoor has doctor look at a tree with the runtime door: what its settings leave out is said, and is no
// finding, unless they are not sound.
func TestDoctorOnTheRuntimeDoor(t *testing.T) {
	var out bytes.Buffer
	d := &doctor{console: &console{out: &out, now: time.Now}, node: coverage.Node{Root: t.TempDir(), Shims: engineconf.ShimDir}}
	d.stateDir, d.runDir = t.TempDir(), "/run/seccompd"
	put := func(path, text string) {
		t.Helper()
		path = filepath.Join(d.node.Root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	look := func() (*doctorAnswer, string) {
		t.Helper()
		a, err := d.look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var text table
		a.table(&text)
		out.Reset()
		if err := text.flush(&out); err != nil {
			t.Fatal(err)
		}
		return a, out.String()
	}
	if a, text := look(); a.RuntimeDoor != nil || len(a.Notes) > 0 || strings.Contains(text, "note:") {
		t.Errorf("without the door:\n%s", text)
	}
	put(engineconf.ShimDir+"/runc", "x")
	const verify, lookup, slow = "note: verifyStart is off", "note: containerdLookup is off", "note: containers take longer to be created"
	for _, test := range []struct {
		settings  string
		says, not []string
		findings  int
	}{
		{`{"runtime": "/r"}`, []string{verify, slow, "  change it: systemctl enable --now seccompd", "verifyStart off, containerdLookup off", "does not answer the door"}, []string{lookup}, 0},
		{`{"runtime": "/r", "verifyStart": true}`, []string{"verifyStart on, containerdLookup off"}, []string{verify, slow}, 0},
		{`{"runtime": "/r", "containerdLookup": "2s"}`, []string{verify, "verifyStart off, containerdLookup 2s"}, []string{lookup, slow}, 0},
		{`{"runtime": "/r", "runtime": "/s"}`, []string{"open: the runtime door runs nothing: read settings: ", `:1:19: the key "runtime" stands twice`}, []string{verify, slow, "answer the door"}, 1},
	} {
		put("etc/seccompd/runtime.json", test.settings)
		a, text := look()
		for _, want := range test.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q:\n%s", test.settings, want, text)
			}
		}
		for _, bad := range test.not {
			if strings.Contains(text, bad) {
				t.Errorf("%s: it says %q:\n%s", test.settings, bad, text)
			}
		}
		findings := slices.DeleteFunc(a.Findings, func(o coverage.Opening) bool { return !strings.Contains(o.What, "runtime door") })
		if len(findings) != test.findings {
			t.Errorf("%s: %+v", test.settings, findings)
		}
	}
	// containerd's part is for nodes that have it.
	put("usr/bin/containerd", "#!/bin/sh\necho containerd github.com/containerd/containerd v1.7.2 x\n")
	put("etc/seccompd/runtime.json", `{"runtime": "/r"}`)
	if _, text := look(); !strings.Contains(text, lookup) {
		t.Errorf("it does not say %q:\n%s", lookup, text)
	}
}
