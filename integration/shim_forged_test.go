package integration_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/workload"
)

// claimPolicy leaves containers alone that another door has seen in a namespace of Kubernetes, which no container of ctr has.
const claimPolicy = `mode: enforce
rules:
- {name: free, match: {namespaces: [free]}, action: keep}
default: {action: replace, profile: {base: RuntimeDefault, deny: [mkdir]}}
`

// TestShimForgedRecords leaves records that would have a container keep what it has. None counts but the control's: one that only root
// can have written, just now, about this container.
func TestShimForgedRecords(t *testing.T) {
	t.Parallel()
	s := newShim(t, claimPolicy)
	records := handoff.Dir(s.dir + "/run")
	for name, c := range map[string]struct {
		claim func(r *handoff.Record)
		spoil func(dir, file string) error
		free  bool
	}{
		"control":                  {free: true},
		"another container's":      {claim: func(r *handoff.Record) { r.Workload.ID = "other" }},
		"another engine's":         {claim: func(r *handoff.Record) { r.Workload.Engine = workload.Known(workload.EngineKubernetes) }},
		"another namespace's":      {claim: func(r *handoff.Record) { r.Workload.ContainerdNamespace = workload.Known("k8s.io") }},
		"an old one":               {claim: func(r *handoff.Record) { r.Written = time.Now().Add(-handoff.Fresh - time.Minute) }},
		"one of tomorrow":          {claim: func(r *handoff.Record) { r.Written = time.Now().Add(24 * time.Hour) }},
		"of a filter that is gone": {claim: func(r *handoff.Record) { r.Installed = strings.Repeat("0", 64) }},
		"another user's":           {spoil: func(_, file string) error { return os.Chown(file, 1234, 0) }},
		"one that others read":     {spoil: func(_, file string) error { return os.Chmod(file, 0o644) }},
		"in a directory of others": {spoil: func(dir, _ string) error { return os.Chmod(dir, 0o777) }},
		"in a user's directory":    {spoil: func(dir, _ string) error { return os.Chown(dir, 1234, 0) }},
		"cut short":                {spoil: func(_, file string) error { return os.Truncate(file, 40) }},
		"linked": {spoil: func(_, file string) error {
			return errors.Join(os.Rename(file, s.dir+"/real"), os.Symlink(s.dir+"/real", file))
		}},
		"linked, with its directory": {spoil: func(dir, _ string) error {
			return errors.Join(os.Rename(dir, s.dir+"/records"), os.Symlink(s.dir+"/records", dir))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBundle(t, s)
			r := handoff.New(time.Now(), enforce.Request{Workload: &workload.Workload{
				ID: b.id, Engine: workload.Known(workload.EngineContainerd), ContainerdNamespace: workload.Known("default"),
				Namespace: workload.Known("free"), Requested: workload.AnyRequest, Kinds: workload.AnyKind,
			}, Current: enforce.Current{State: enforce.CurrentNone}}, "")
			if c.claim != nil {
				c.claim(&r)
			}
			dir := s.dir + "/run/records"
			if err := records.Write(r); err != nil {
				t.Fatal(err)
			}
			files, err := filepath.Glob(dir + "/*.json")
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			// What it says of whom, it says under the name of this container's.
			mine := filepath.Join(dir, recordFile(t, b.id))
			b.must(os.Rename(files[0], mine))
			if c.spoil != nil {
				b.must(c.spoil(dir, mine))
			}
			t.Cleanup(func() { b.must(os.RemoveAll(dir), os.RemoveAll(s.dir+"/real"), os.RemoveAll(s.dir+"/records")) })
			out, err := b.run()
			if c.free {
				if err != nil || !strings.Contains(out, "mkdir = -14 EFAULT") {
					t.Errorf("control: %v %s", err, out)
				}
				return
			}
			b.created(out, err)
		})
	}
}

// recordFile is the name of the file in which a container's record is.
func recordFile(t *testing.T, id string) string {
	t.Helper()
	elsewhere := handoff.Dir(t.TempDir())
	err := elsewhere.Write(handoff.Record{Workload: &workload.Workload{ID: id, ContainerdNamespace: workload.Known("default")}})
	files, _ := filepath.Glob(string(elsewhere) + "/records/*.json")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	return filepath.Base(files[0])
}

// TestShimSettingsOfTheEnvironment has whoever starts the runtime name settings with another policy, where the machine has settings of
// its own. The control is a machine whose settings allow it.
func TestShimSettingsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	s, lax := newShim(t, attackPolicy), newShim(t, "mode: enforce\ndefault: {action: keep}\n")
	for allow, want := range map[bool]string{false: "mkdir = -1 EPERM", true: "mkdir = -14 EFAULT"} {
		etc := t.TempDir()
		values := map[string]any{"allowEnvironment": allow}
		for key, value := range s.values {
			values[key] = value
		}
		text, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.MkdirAll(etc+"/seccompd", 0o755), os.WriteFile(etc+"/seccompd/runtime.json", text, 0o644)); err != nil {
			t.Fatal(err)
		}
		b := newBundle(t, s)
		b.env = append(b.env, "SECCOMPD_RUNTIME_CONFIG="+lax.settings)
		b.called = script(t, filepath.Join(t.TempDir(), "runc"), fmt.Sprintf("exec unshare --mount sh -c 'mount --bind %s /etc && exec \"$@\"' sh %s/runc \"$@\"\n", etc, s.bin))
		out, err := b.run()
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("allowed %v: %v %s, want %s", allow, err, out, want)
		}
	}
}
