package handoff_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/handoff"
	"github.com/seccompd/seccompd/pkg/workload"
)

var (
	now   = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	mine  = &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Flags: []specs.LinuxSeccompFlag{}, Syscalls: []specs.LinuxSyscall{{Names: []string{"read"}, Action: specs.ActAllow}}}
	other = &specs.LinuxSeccomp{DefaultAction: specs.ActAllow}
	net   = workload.Capabilities(1 << 12)
)

// seen is what NRI sees, inBundle what the runtime door does.
func seen() *workload.Workload {
	return &workload.Workload{
		ID: "x", PodID: "p", Door: workload.DoorNRI, Engine: workload.Known(workload.EngineKubernetes), ContainerdNamespace: workload.Known("k8s.io"),
		Namespace: workload.Known("prod"), PodLabels: workload.Known(map[string]string{"app": "db"}), Requested: workload.RequestUnconfined,
		User: workload.Known(uint32(1)), Kinds: workload.AnyKind &^ workload.KindSandbox,
	}
}

func inBundle() *workload.Workload {
	return &workload.Workload{
		ID: "x", PodID: "p", Door: workload.DoorRuntime, Engine: workload.Known(workload.EngineKubernetes), ContainerdNamespace: workload.Known("k8s.io"),
		Namespace: workload.Known("claimed"), Capabilities: workload.Known(net), User: workload.Known(uint32(7)), Image: workload.Known("db:1"),
		Requested: workload.RequestRuntimeDefault | workload.RequestLocalhost, Kinds: workload.AnyKind &^ workload.KindSandbox,
	}
}

func record(installed string) handoff.Record {
	return handoff.New(now, enforce.Request{Workload: seen(), Current: enforce.Current{State: enforce.CurrentFilter, Filter: mine, RuntimeDefault: true}}, installed)
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	dir := handoff.Dir(t.TempDir())
	if _, err := dir.Read("k8s.io", "x"); !errors.Is(err, handoff.ErrNone) {
		t.Fatal(err)
	}
	if err := dir.Write(record(handoff.Digest(other))); err != nil {
		t.Fatal(err)
	}
	r, err := dir.Read("k8s.io", "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(now.Add(time.Second), inBundle(), other); err != nil {
		t.Fatal(err)
	}
	req := r.Union(inBundle(), other)
	if diff := cmp.Diff(req.Current, enforce.Current{State: enforce.CurrentFilter, Filter: mine, RuntimeDefault: true}); diff != "" {
		t.Errorf("the filter from before: %s", diff)
	}
	want := *inBundle()
	want.Namespace, want.PodLabels, want.Requested = seen().Namespace, seen().PodLabels, workload.RequestUnconfined
	if diff := cmp.Diff(*req.Workload, want, cmp.Comparer(func(a, b workload.Attr[string]) bool { return a == b }), cmp.AllowUnexported(
		workload.Attr[workload.Engine]{}, workload.Attr[map[string]string]{}, workload.Attr[bool]{}, workload.Attr[workload.Capabilities]{}, workload.Attr[uint32]{}, workload.Attr[workload.HostNamespaces]{})); diff != "" {
		t.Errorf("the union: %s", diff)
	}
	for _, namespaceAndID := range [][2]string{{"default", "x"}, {"k8s.io", "y"}, {"k8s.iox", ""}} {
		if _, err := dir.Read(namespaceAndID[0], namespaceAndID[1]); !errors.Is(err, handoff.ErrNone) {
			t.Errorf("%v: %v", namespaceAndID, err)
		}
	}
	dir.Remove("k8s.io", "x")
	if _, err := dir.Read("k8s.io", "x"); !errors.Is(err, handoff.ErrNone) {
		t.Error("removed:", err)
	}
}

// Where the door left the container's own filter, that is the current one, whatever the record could say.
func TestWhatWasLeftAlone(t *testing.T) {
	r := record("")
	if err := r.Check(now, inBundle(), other); err != nil {
		t.Fatal(err)
	}
	if got := r.Union(inBundle(), other).Current; got.Filter != other || got.State != enforce.CurrentFilter {
		t.Errorf("%+v", got)
	}
	if got := r.Union(inBundle(), nil).Current; got.State != enforce.CurrentNone {
		t.Errorf("%+v", got)
	}
}

func TestRecordsThatDoNotCount(t *testing.T) {
	installed := handoff.Digest(other)
	for name, test := range map[string]struct {
		at     time.Time
		change func(*workload.Workload)
		filter *specs.LinuxSeccomp
		want   string
	}{
		"another container": {now, func(w *workload.Workload) { w.ID = "y" }, other, "about container"},
		"another engine":    {now, func(w *workload.Workload) { w.Engine = workload.Known(workload.EngineContainerd) }, other, "another engine"},
		"another namespace": {now, func(w *workload.Workload) { w.ContainerdNamespace = workload.Known("default") }, other, "another namespace"},
		"another pod":       {now, func(w *workload.Workload) { w.PodID = "q" }, other, "another pod"},
		"too old":           {now.Add(handoff.Fresh + time.Second), nil, other, "old"},
		"from the future":   {now.Add(-time.Hour), nil, other, "old"},
		"another filter":    {now, nil, mine, "not the one that was installed"},
		"no filter":         {now, nil, nil, "not the one that was installed"},
	} {
		r, w := record(installed), inBundle()
		if err := r.Check(now, w, other); err != nil {
			t.Fatal("control:", err)
		}
		if test.change != nil {
			test.change(w)
		}
		if err := r.Check(test.at, w, test.filter); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForgedRecords(t *testing.T) {
	for name, forge := range map[string]func(dir, file string) error{
		"a directory that others enter": func(dir, _ string) error { return os.Chmod(dir, 0o755) },
		"a file that others read":       func(_, file string) error { return os.Chmod(file, 0o644) },
		"a file of another user":        func(_, file string) error { return os.Chown(file, 1234, 0) },
		"a directory of another user":   func(dir, _ string) error { return os.Chown(dir, 1234, 0) },
		"a link to a file": func(_, file string) error {
			return errors.Join(os.Rename(file, file+".real"), os.Symlink(file+".real", file))
		},
		"a link to a directory": func(dir, _ string) error {
			return errors.Join(os.Rename(dir, dir+".real"), os.Symlink(dir+".real", dir))
		},
		"half a file":     func(_, file string) error { return os.Truncate(file, 20) },
		"another version": func(_, file string) error { return os.WriteFile(file, []byte(`{"version":2,"workload":{}}`), 0o600) },
		"no workload":     func(_, file string) error { return os.WriteFile(file, []byte(`{"version":1}`), 0o600) },
		"a huge file":     func(_, file string) error { return os.Truncate(file, 1<<30) },
	} {
		if os.Geteuid() != 0 {
			t.Fatal("files of others are made by root only")
		}
		run := t.TempDir()
		dir := handoff.Dir(run)
		if err := dir.Write(record("")); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(run + "/records/*.json")
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		if _, err := dir.Read("k8s.io", "x"); err != nil {
			t.Fatal("control:", err)
		}
		if err := forge(run+"/records", files[0]); err != nil {
			t.Fatal(err)
		}
		if r, err := dir.Read("k8s.io", "x"); err == nil {
			t.Errorf("%s: read %+v", name, r)
		}
	}
}

func TestPrune(t *testing.T) {
	run := t.TempDir()
	dir := handoff.Dir(run)
	clock := time.Now()
	for id, age := range map[string]time.Duration{"kept": 10 * time.Minute, "gone": 10 * time.Minute, "young": 0, "old": 2 * handoff.Fresh} {
		r := record("")
		r.Workload.ID = id
		before, _ := os.ReadDir(run + "/records")
		if err := dir.Write(r); err != nil {
			t.Fatal(err)
		}
		after, _ := os.ReadDir(run + "/records")
		for _, e := range after {
			if len(before) == 0 || !containsName(before, e.Name()) {
				if err := os.Chtimes(filepath.Join(run, "records", e.Name()), clock.Add(-age), clock.Add(-age)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	has := func(id string) bool { _, err := dir.Read("k8s.io", id); return err == nil }
	dir.Prune(clock, "", nil)
	if !has("kept") || !has("gone") || !has("young") || has("old") {
		t.Error("by age:", has("kept"), has("gone"), has("young"), has("old"))
	}
	dir.Prune(clock, "k8s.io", []string{"kept"})
	if !has("kept") || has("gone") || !has("young") {
		t.Error("by what is there:", has("kept"), has("gone"), has("young"))
	}
}

// Records that nobody takes do not fill the machine's memory.
func TestPruneBounds(t *testing.T) {
	run := t.TempDir()
	clock := time.Now()
	if err := os.Mkdir(filepath.Join(run, "records"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		name := filepath.Join(run, "records", fmt.Sprintf("%032x.json", i))
		age := clock.Add(-time.Duration(i) * 30 * time.Second)
		if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Truncate(name, 4<<20), os.Chtimes(name, age, age)); err != nil {
			t.Fatal(err)
		}
	}
	handoff.Dir(run).Prune(clock, "", nil)
	left, err := os.ReadDir(filepath.Join(run, "records"))
	if err != nil || len(left) != 16 || left[15].Name() != fmt.Sprintf("%032x.json", 15) {
		t.Errorf("%d are left: %v, %v", len(left), left, err)
	}
}

func containsName(list []os.DirEntry, name string) bool {
	for _, e := range list {
		if e.Name() == name {
			return true
		}
	}
	return false
}

func TestPlaceholder(t *testing.T) {
	if !handoff.IsPlaceholder(handoff.Placeholder()) || handoff.IsPlaceholder(other) || handoff.IsPlaceholder(nil) || handoff.IsPlaceholder(&specs.LinuxSeccomp{DefaultAction: specs.ActKillProcess}) {
		t.Error("the placeholder is not told from others")
	}
}
