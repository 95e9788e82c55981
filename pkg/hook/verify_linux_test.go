package hook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/host"
	"github.com/seccompd/seccompd/pkg/snapshot"
	"github.com/seccompd/seccompd/pkg/snapshot/build"
)

// TestVerifyPutsOnRecord verifies a process without a filter whose configuration has one. It is an error, but in audit; what was found
// is on record in both. What the kernel holds to is not: the control is a configuration without a filter.
func TestVerifyPutsOnRecord(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("only root may read the filters of a process")
	}
	process := exec.Command("sleep", "1000")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	const filtered = `{"ociVersion": "1.0.2", "linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}}}`
	for name, c := range map[string]struct {
		mode, config string
		code         int
		result       audit.Result // "" is nothing
	}{
		"enforce":        {"enforce", filtered, exitRefused, audit.ResultRefused},
		"audit":          {"audit", filtered, 0, audit.ResultAudited},
		"no policy":      {"", filtered, exitRefused, audit.ResultRefused},
		"a broken one":   {"enforce", `{"linux": {}, "LINUX": {}}`, exitRefused, audit.ResultRefused},
		"control":        {"enforce", `{"ociVersion": "1.0.2", "linux": {}}`, 0, ""},
		"control, audit": {"audit", `{"ociVersion": "1.0.2", "linux": {}}`, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.mode != "" {
				src, err := build.Text("policy.yaml", []byte("apiVersion: seccompd/v1\nkind: NodePolicy\nmode: "+c.mode+"\ndefault: {action: keep}\n"), nil)
				if err != nil {
					t.Fatal(err)
				}
				snap, _, err := src.Build(build.Node{Facts: host.Assume(runtime.GOARCH), Now: time.Now()})
				if err == nil {
					err = snapshot.Open(filepath.Join(dir, "state")).Put(snap)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(c.config), 0o600); err != nil {
				t.Fatal(err)
			}
			state := fmt.Sprintf(`{"id": "one", "pid": %d, "bundle": %q}`, process.Process.Pid, dir)
			log := filepath.Join(dir, "decisions.jsonl")
			var stdout, stderr bytes.Buffer
			if code := Main([]string{"verify", "--state-dir", filepath.Join(dir, "state"), "--decisions", log}, strings.NewReader(state), &stdout, &stderr); code != c.code {
				t.Errorf("code %d, want %d: %s", code, c.code, &stderr)
			}
			text, err := os.ReadFile(log)
			if c.result == "" {
				if !os.IsNotExist(err) {
					t.Errorf("on record: %s", text)
				}
				return
			}
			var r audit.Record
			if err := json.Unmarshal(text, &r); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if r.Result != c.result || r.Workload.ID != "one" || !strings.HasPrefix(r.ID, audit.HookID) || r.Message == "" && r.Would == "" || r.WouldRefuse != (c.mode == "audit") {
				t.Errorf("on record: %s", text)
			}
		})
	}
}
