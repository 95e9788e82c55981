package integration_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// createsNothing has the door execute a runtime that answers what it is asked
// about itself, and creates nothing.
func (s *shim) createsNothing(t *testing.T) {
	t.Helper()
	path := s.dir + "/real/quick"
	script := "#!/bin/sh\ncase \"$1\" in --version | features) exec " + s.binary(t, "runc") + " \"$@\" ;; esac\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	s.runtimes = []string{path}
	s.configure(t, map[string]any{"runtimes": map[string]string{"runc": path}})
	s.apply(t, attackPolicy)
}

// TestShimDaemonKilled kills the daemon at 100 random moments in which a door
// asks it: the container is created, with the policy's filter.
func TestShimDaemonKilled(t *testing.T) {
	t.Parallel()
	s := newShim(t, attackPolicy)
	s.createsNothing(t)
	b := newBundle(t, s)
	before := []byte(b.config(nil))
	d := s.daemon(t)
	var usual time.Duration
	d.decides(t, func() {
		b.write(string(before))
		start := time.Now()
		out, err := b.run("create", "--bundle", b.dir, b.id)
		usual = time.Since(start)
		if err != nil {
			t.Fatal(err, out)
		}
	})
	after, err := os.ReadFile(b.dir + "/config.json")
	if err != nil || bytes.Equal(before, after) {
		t.Fatal("the control changed nothing", err)
	}
	var left int
	for i := range 100 {
		d.kill()
		d = s.daemon(t)
		b.write(string(before))
		cmd := exec.Command(b.called, "--root", b.root, "create", "--bundle", b.dir, b.id)
		cmd.Env = b.env
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(usual))))
		_ = d.cmd.Process.Kill()
		if err := cmd.Wait(); err != nil {
			t.Fatal(i, err)
		}
		if got, err := os.ReadFile(b.dir + "/config.json"); err != nil || !bytes.Equal(got, after) {
			t.Fatalf("%d: %v\n%q", i, err, got)
		}
		files, _ := filepath.Glob(b.dir + "/.config.json.seccompd-*")
		left += len(files)
		for _, f := range files {
			_ = os.Remove(f)
		}
	}
	t.Logf("files left behind: %d", left)
}

// ask has a number of doors ask at once, and holds each bundle against what it
// is to be.
func (s *shim) ask(t *testing.T, doors int) {
	t.Helper()
	b := newBundle(t, s)
	text := b.config(nil)
	if out, err := b.run("create", "--bundle", b.dir, b.id); err != nil {
		t.Fatal(err, out)
	}
	want, err := os.ReadFile(b.dir + "/config.json")
	if err != nil || string(want) == text {
		t.Fatal("the control changed nothing", err)
	}
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range doors {
		dir := fmt.Sprintf("%s/many/%d", b.dir, i)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/config.json", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			<-begin
			cmd := exec.Command(b.called, "--root", b.root, "create", "--bundle", dir, fmt.Sprint(b.id, "-", i))
			cmd.Env = b.env
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%d: %v %s", i, err, out)
			}
			if got, err := os.ReadFile(dir + "/config.json"); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d: %v\n%.300q", i, err, got)
			}
		})
	}
	close(begin)
	all.Wait()
}

// recorded holds the number of decisions on record against how many there were.
func (s *shim) recorded(t *testing.T, want int) {
	t.Helper()
	records := func() int {
		text, _ := os.ReadFile(s.dir + "/decisions.jsonl")
		return bytes.Count(text, []byte(`"door":"runtime","result"`))
	}
	waitFor(t, "a record of each decision", func() bool { return records() >= want })
	time.Sleep(100 * time.Millisecond) // what comes late would be one too many
	if n := records(); n != want {
		t.Errorf("%d records of %d decisions", n, want)
	}
}

// TestShimManyAsk has 500 doors ask at once, which are more than the daemon
// answers: each container gets the policy's filter. Other tests would get no
// answer in time meanwhile, so this one, like the next, runs by itself.
func TestShimManyAsk(t *testing.T) {
	s := newShim(t, attackPolicy)
	s.createsNothing(t)
	d := s.daemon(t)
	s.ask(t, 500)
	done, left := d.answers(t)
	t.Logf("the daemon decided on %d, left %d to doors that it had heard", done, left)
	s.recorded(t, 501)
}

// TestShimDaemonStops stops the daemon while many doors ask it, as an upgrade
// does: no decision that it made is missing on record.
func TestShimDaemonStops(t *testing.T) {
	s := newShim(t, attackPolicy)
	s.createsNothing(t)
	for i := range 5 {
		d := s.daemon(t)
		timer := time.AfterFunc(50*time.Millisecond+time.Duration(rand.Int64N(int64(200*time.Millisecond))), func() { _ = d.cmd.Process.Signal(syscall.SIGTERM) })
		s.ask(t, 100)
		timer.Stop()
		_ = d.cmd.Process.Signal(syscall.SIGTERM)
		if err := d.cmd.Wait(); err != nil {
			t.Error(err)
		}
		s.recorded(t, 101*(i+1))
	}
}
