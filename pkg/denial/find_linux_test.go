package denial

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/workload"
)

// TestFindNamed finds a container that runs by the name that seccompctl shows of it.
func TestFindNamed(t *testing.T) {
	log := filepath.Join(t.TempDir(), "decisions.jsonl")
	record := func(id, namespace, pod, name string, kind workload.Kinds) {
		t.Helper()
		w := &workload.Workload{ID: id, Door: workload.DoorNRI, Namespace: workload.Known(namespace), Pod: workload.Known(pod), Kinds: kind}
		if name != "" {
			w.Container = workload.Known(name)
		}
		line, err := audit.Line(audit.Record{Time: time.Now(), ID: "x-" + id, Door: workload.DoorNRI, Result: audit.ResultKept, Workload: w})
		if err == nil {
			err = audit.Append(log, line)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	running := func() string {
		t.Helper()
		id, procs := group(t)
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", fmt.Sprintf("echo $$ >%s && echo && exec sleep 60", procs))
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err == nil {
			_, err = out.Read(make([]byte, 1)) // it is in the group
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
		return id
	}
	pause, web, side := running(), running(), running()
	record(pause, "shop", "web-0", "", workload.KindSandbox)
	record(strings.Repeat("f", 64), "shop", "web-0", "web", workload.KindContainer) // an older one of that name
	record(strings.Repeat("e", 64), "shop", "web-1", "web", workload.KindContainer)
	record(web, "shop", "web-0", "web", workload.KindContainer)
	record(web, "shop", "web-0", "web", workload.KindContainer) // of another door
	if id, pid, err := FindNamed(log, "shop/web-0"); err != nil || id != web || pid == 0 {
		t.Errorf("its pod: %s, %d, %v", id, pid, err)
	}
	record(side, "shop", "web-0", "side", workload.KindContainer)
	if id, _, err := FindNamed(log, "shop/web-0/web"); err != nil || id != web {
		t.Errorf("its name: %s, %v", id, err)
	}
	if id, _, err := FindNamed(log, web); err != nil || id != web {
		t.Errorf("its id: %s, %v", id, err)
	}
	if _, _, err := FindNamed(log, "shop/web-0"); err == nil || !strings.Contains(err.Error(), "several run: shop/web-0/side (") {
		t.Errorf("two of a pod: %v", err)
	}
	for _, name := range []string{"shop/web-1", "shop/web-1/web", "lab/web-0", strings.Repeat("f", 64)} {
		if _, _, err := FindNamed(log, name); !errors.Is(err, ErrNotRunning) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := FindNamed(filepath.Join(t.TempDir(), "none"), "shop/web-0"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("without a log: %v", err)
	}
}
