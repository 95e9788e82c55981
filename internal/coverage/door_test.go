package coverage_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/internal/coverage"
	"github.com/seccompd/seccompd/internal/engineconf"
	"github.com/seccompd/seccompd/pkg/audit"
)

// TestRuntimeDoor follows what is known of a door from none to one that a daemon answers, and through what keeps it from that.
func TestRuntimeDoor(t *testing.T) {
	root, now := t.TempDir(), time.Now()
	n := coverage.Node{Root: root, Shims: engineconf.ShimDir}
	if d := n.RuntimeDoor("/run/seccompd", now); d != nil {
		t.Fatalf("an empty tree has %+v", d)
	}
	put(t, root, engineconf.ShimDir+"/runc", "x")
	settings := func(more string) {
		t.Helper()
		put(t, root, "etc/seccompd/runtime.json", `{"runtime": "/usr/sbin/runc"`+more+`}`)
	}
	status := func(dir string, age time.Duration, doors *audit.RuntimeDoors) {
		t.Helper()
		text, err := audit.Status{Updated: now.Add(-age), RuntimeDoors: doors}.JSON()
		if err != nil {
			t.Fatal(err)
		}
		put(t, root, dir+"/status.json", string(text))
	}
	is := func(name string, state coverage.State, how, remedy string) *coverage.RuntimeDoor {
		t.Helper()
		d := n.RuntimeDoor("/run/seccompd", now)
		if d == nil || d.Answered != state || !strings.Contains(d.How, how) || !strings.Contains(d.Close, remedy) || (remedy == "") != (d.Close == "") {
			t.Errorf("%s: %+v, want %s, %q and %q", name, d, state, how, remedy)
		}
		return d
	}
	doors := func() *audit.RuntimeDoors {
		return &audit.RuntimeDoors{StateDir: "/var/lib/seccompd", RunDir: "/run/seccompd", Decisions: "/var/log/seccompd/decisions.jsonl", Done: 3}
	}

	settings(`, "runtime": "/usr/bin/runc"`)
	if d := is("settings that are not sound", coverage.Unknown, "cannot be read", ""); !strings.Contains(d.Error, "stands twice") {
		t.Errorf("%+v", d)
	}
	settings("")
	if d := is("no daemon", coverage.No, "no daemon listens at "+root+"/run/seccompd/runtime.sock", "systemctl enable --now seccompd"); d.VerifyStart || d.ContainerdLookup != "" || d.Error != "" {
		t.Errorf("%+v", d)
	}
	status("run/seccompd", 0, &audit.RuntimeDoors{Error: "others than root may enter /run/seccompd"})
	is("a daemon that cannot listen", coverage.No, "cannot listen for it: others than root may enter", "")
	status("run/seccompd", time.Hour, &audit.RuntimeDoors{Error: "others than root may enter /run/seccompd"})
	is("one that is gone", coverage.No, "no daemon listens", "systemctl enable")

	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: filepath.Join(root, "run/seccompd/runtime.sock"), Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	is("one that says nothing", coverage.Unknown, "says nothing of itself", "")
	status("run/seccompd", 0, doors())
	is("a daemon", coverage.Yes, "decided on 3 of its containers, and left 0 to it", "")
	left := doors()
	left.Done, left.Left, left.Why = 0, 2, "it sees other files"
	status("run/seccompd", 0, left)
	is("one that decides on none", coverage.No, "left 2 to it, the last since it sees other files", "")

	other := doors()
	other.StateDir, other.Decisions = "/srv/state", ""
	status("run/seccompd", 0, other)
	is("one with other directories", coverage.No, `stateDir "/srv/state" and not "/var/lib/seccompd", decisions "" and not "/var/log/seccompd/decisions.jsonl"`, "/etc/seccompd/runtime.json")
	settings(`, "stateDir": "/srv/state", "decisions": ""`)
	is("the same ones", coverage.Yes, "decided on 3", "")

	settings(`, "runDir": "/run/other"`)
	is("one elsewhere", coverage.No, "the daemon's run directory is /run/seccompd, and the settings name /run/other", "name /run/seccompd as runDir")

	status("run/seccompd", 0, doors())
	settings(`, "verifyStart": true`)
	if d := is("verifyStart", coverage.No, "the door decides itself", ""); !d.VerifyStart {
		t.Errorf("%+v", d)
	}
	settings(`, "containerdLookup": "500ms"`)
	if d := is("containerdLookup", coverage.No, "the door decides itself", ""); d.ContainerdLookup != "500ms" {
		t.Errorf("%+v", d)
	}

	settings("")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "run/seccompd/runtime.sock")); err != nil {
		t.Fatal(err)
	}
	is("a socket at which nobody listens", coverage.No, "no daemon listens", "systemctl enable")

	for cgo, how := range map[string]string{"0": "built without its part in C", "1": "no daemon listens"} {
		if err := os.Remove(filepath.Join(root, engineconf.ShimDir, "runc")); err != nil {
			t.Fatal(err)
		}
		build := exec.CommandContext(t.Context(), "go", "build", "-tags", "osusergo,netgo", "-o", filepath.Join(root, engineconf.ShimDir, "runc"), "github.com/seccompd/seccompd/cmd/seccompd-runtime")
		build.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
		if d := n.RuntimeDoor("/run/seccompd", now); !strings.Contains(d.How, how) || d.Answered != coverage.No || d.Close == "" {
			t.Errorf("CGO_ENABLED=%s: %+v, want %q", cgo, d, how)
		}
	}
}
