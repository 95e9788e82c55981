package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/audit"
	"github.com/seccompd/seccompd/pkg/enforce"
	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func request() enforce.Request {
	return enforce.Request{
		Workload: &workload.Workload{ID: "0123456789ab", Door: workload.DoorNRI, Pod: workload.Known("web"), Requested: workload.AnyRequest, Kinds: workload.AnyKind},
		Current:  enforce.Current{State: enforce.CurrentNone},
	}
}

func record(id string) audit.Record {
	f := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow}
	return audit.Decided(at, "sha256:s", request(), enforce.Outcome{
		ID: id, Install: f, Effective: f, Profile: "p.json",
		Decision: policy.Decision{RuleName: "r", Action: policy.ActionReplace, Mode: policy.ModeEnforce},
	}, time.Millisecond)
}

func write(t *testing.T, path string, records ...audit.Record) audit.Stats {
	t.Helper()
	l := audit.NewLog(audit.Settings{Path: path})
	for _, r := range records {
		l.Record(r)
	}
	l.Close(t.Context())
	return l.Stats()
}

func TestResults(t *testing.T) {
	installed := enforce.Outcome{Install: &specs.LinuxSeccomp{}, Decision: policy.Decision{Mode: policy.ModeEnforce}}
	for want, out := range map[audit.Result]enforce.Outcome{
		audit.ResultInstalled: installed,
		audit.ResultKept:      {Decision: policy.Decision{Mode: policy.ModeEnforce}},
		audit.ResultAudited:   {Mode: policy.ModeAudit, Would: "install p"},
	} {
		if got := audit.Decided(at, "", request(), out, 0); got.Result != want || got.Current != "none" {
			t.Errorf("%+v, want %s", got, want)
		}
	}
	refusal := &enforce.Refusal{ID: "x-1", Rule: "r", Reason: enforce.ReasonRule, Message: "no", Decision: policy.Decision{Action: policy.ActionRefuse}}
	r := audit.Refused(at, "s", request(), fmt.Errorf("wrapped: %w", refusal), 0)
	if r.Result != audit.ResultRefused || r.ID != "x-1" || r.Reason != enforce.ReasonRule || r.Action != policy.ActionRefuse {
		t.Errorf("%+v", r)
	}
	if r := audit.Refused(at, "s", request(), errors.New("boom"), 0); r.Reason != enforce.ReasonInternal || r.Message != "boom" {
		t.Errorf("%+v", r)
	}
}

func TestLogAndFind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "decisions.jsonl")
	if s := write(t, path, record("a-1"), record("a-2")); s.Written != 2 || s.Failed+s.Dropped != 0 {
		t.Fatalf("%+v", s)
	}
	write(t, path, record("a-3")) // a restart appends
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", st.Mode(), err)
	}
	for _, id := range []string{"a-1", "a-2", " a-3\n"} {
		r, err := audit.Find(path, id)
		if err != nil || r.ID != strings.TrimSpace(id) || r.Rule != "r" || r.Workload.Pod.Or("") != "web" || !strings.HasPrefix(r.Filter, "sha256:") {
			t.Errorf("%q: %+v, %v", id, r, err)
		}
	}
	if _, err := audit.Find(path, "a-4"); !errors.Is(err, audit.ErrNotFound) {
		t.Errorf("an id that is not there: %v", err)
	}
	if _, err := audit.Find(path+"x", "a-1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a log that is not there: %v", err)
	}
	if r, err := audit.FindContainer(path, "01234567"); err != nil || r.ID != "a-3" {
		t.Errorf("newest of a container: %+v, %v", r, err)
	}
	if _, err := audit.FindContainer(path, "0"); !errors.Is(err, audit.ErrNotFound) {
		t.Errorf("a prefix that says nothing: %v", err)
	}
}

func TestReaderPassesOverWhatIsBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	write(t, path, record("a-1"))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "\n{\"id\":\"torn\n%s\n", strings.Repeat("x", 500_000))
	f.Close()
	write(t, path, record("a-2"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, path, record("a-3"), record("a-4"))
	r, err := audit.NewReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rec.ID)
	}
	if s := strings.Join(got, " "); s != "a-4 a-3 a-2 a-1" {
		t.Errorf("read %s", s)
	}
}

func TestLongLogIsReadFromItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	var all []audit.Record
	for i := range 1000 {
		all = append(all, record(fmt.Sprint("r-", i)))
	}
	write(t, path, all...)
	for _, i := range []int{0, 1, 499, 998, 999} {
		if r, err := audit.Find(path, fmt.Sprint("r-", i)); err != nil || r.ID != fmt.Sprint("r-", i) {
			t.Errorf("record %d: %v", i, err)
		}
	}
}

// Nothing that goes wrong with the log is more than a count.
func TestFailuresAreCounted(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "victim"), link); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := filepath.Join(dir, "file", "below")
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a link": link, "a pipe": pipe, "below a file": blocked, "a full disk": "/dev/full"} {
		if s := write(t, path, record("1"), record("2")); s.Failed != 2 || s.Written != 0 || s.LastError == "" {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "victim")); err == nil {
		t.Error("the link was followed")
	}
}

func TestRecordNeverWaits(t *testing.T) {
	held := make(chan struct{})
	l := audit.NewLog(audit.Settings{Queue: 2, Then: func(audit.Record) { <-held }})
	for range 100 {
		l.Record(record("x"))
	}
	if s := l.Stats(); s.Dropped < 90 {
		t.Errorf("%+v", s)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	l.Close(ctx)
	before := l.Stats().Dropped
	l.Record(record("x"))
	if l.Stats().Dropped != before+1 {
		t.Error("a record after the end was not counted")
	}
	close(held)
}

func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	l := audit.NewLog(audit.Settings{Path: path})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				l.Record(record(fmt.Sprint(i, "-", j)))
			}
		})
	}
	all.Wait()
	l.Close(t.Context())
	if s := l.Stats(); s.Written != 400 {
		t.Errorf("%+v", s)
	}
}

func TestMovedLogIsOpenedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	written := make(chan struct{}, 1)
	l := audit.NewLog(audit.Settings{Path: path, Then: func(audit.Record) { written <- struct{}{} }})
	l.Record(record("1"))
	<-written
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	l.Record(record("2"))
	<-written
	l.Close(t.Context())
	if _, err := audit.Find(path, "2"); err != nil {
		t.Errorf("after logrotate: %v", err)
	}
}

// What a workload chose reaches neither a terminal raw nor a second line.
func TestHostileTexts(t *testing.T) {
	hostile := "a\x1b[31m\n\x00\u202e\u2066\u0085\u009b\u200b\U000e0001\u2028b\xff"
	if q := audit.Quote(hostile, 1000); strings.ContainsFunc(q, func(r rune) bool { return !unicode.IsGraphic(r) || r == '\u2028' }) {
		t.Errorf("quoted as %q", q)
	}
	for in, want := range map[string]string{"plain ü \"q\"": "plain ü \"q\"", "": "", "a\x1b": `a\x1b`, "été\n": `été\n`} {
		if got := audit.Quote(in, 100); got != want {
			t.Errorf("%q is quoted as %q, want %q", in, got, want)
		}
	}
	if got := audit.Quote("ééé", 3); got != "é…" {
		t.Errorf("cut to %q", got)
	}
	r := record("1")
	r.Workload.Pod = workload.Known(strings.ToValidUTF8(hostile, "?"))
	r.Workload.Annotations = workload.Known(map[string]string{hostile: hostile})
	path := filepath.Join(t.TempDir(), "d")
	write(t, path, r)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(raw), "\n") != 1 || strings.ContainsFunc(strings.TrimSuffix(string(raw), "\n"), func(r rune) bool { return !unicode.IsGraphic(r) }) {
		t.Errorf("written as %q", raw)
	}
	back, err := audit.Find(path, "1")
	if err != nil || back.Workload.Pod != r.Workload.Pod {
		t.Errorf("read back %q, %v", back.Workload.Pod.Or(""), err)
	}
	text, err := audit.Status{Refusals: []audit.Record{r}}.JSON()
	if err != nil || strings.ContainsAny(string(text), "\x1b\u202e") || !json.Valid(text) {
		t.Errorf("status %q, %v", text, err)
	}
}

func TestLongRecordsAreShortened(t *testing.T) {
	r := record("1")
	long := map[string]string{}
	for i := range 300 {
		long[fmt.Sprintf("key-%03d", i)] = strings.Repeat("v", 1000)
	}
	r.Workload.Annotations = workload.Known(long)
	path := filepath.Join(t.TempDir(), "d")
	write(t, path, r)
	st, err := os.Stat(path)
	if err != nil || st.Size() > 64<<10 {
		t.Errorf("%d bytes, %v", st.Size(), err)
	}
	if back, err := audit.Find(path, "1"); err != nil || !back.Shortened || back.Workload.Pod.Or("") != "web" {
		t.Errorf("%+v, %v", back, err)
	}
	if got, _ := r.Workload.Annotations.Value(); len(got) != 300 || len(got["key-000"]) != 1000 {
		t.Error("the workload itself was changed")
	}
}

func TestRecent(t *testing.T) {
	r := audit.NewRecent(3)
	for i := range 5 {
		r.Add(audit.Record{ID: fmt.Sprint(i)})
	}
	var got []string
	for _, rec := range r.List() {
		got = append(got, rec.ID)
	}
	if s := strings.Join(got, ""); s != "432" {
		t.Errorf("holds %s", s)
	}
}

func TestStatusRoundTrip(t *testing.T) {
	dir := t.TempDir()
	if _, err := audit.ReadStatus(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a daemon: %v", err)
	}
	want := audit.Status{Version: "v1", InForce: audit.InForce{Digest: "sha256:x", Mode: "audit"}, Containers: map[audit.Result]uint64{audit.ResultKept: 3}}
	text, err := want.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(audit.StatusFile(dir), text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := audit.ReadStatus(dir)
	if err != nil || got.InForce != want.InForce || got.Containers[audit.ResultKept] != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFullLogIsSetAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	write(t, path, record("old"))
	if err := os.Truncate(path, 64<<20); err != nil { // sparse
		t.Fatal(err)
	}
	write(t, path, record("new"))
	st, err := os.Stat(path)
	if err != nil || st.Size() > 1<<20 {
		t.Errorf("%v, %v", st, err)
	}
	if _, err := audit.Find(path, "new"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path + ".1"); err != nil {
		t.Error(err)
	}
}
