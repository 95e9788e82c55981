package integration_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestShimKilled kills the door at 100 random moments. config.json is the old
// one or the new one, whole, and the next run cleans up.
func TestShimKilled(t *testing.T) {
	t.Parallel()
	s := newShim(t, attackPolicy)
	s.configure(t, map[string]any{"runtime": "/bin/true", "runtimes": map[string]string{}})
	b := newBundle(t, s)
	before := []byte(b.config(nil))
	args := []string{"--root", b.root, "create", "--bundle", b.dir, b.id}
	start := time.Now()
	out, err := b.run("create", "--bundle", b.dir, b.id)
	within := time.Since(start)
	if err != nil {
		t.Fatal(err, out)
	}
	after, err := os.ReadFile(b.dir + "/config.json")
	if err != nil || bytes.Equal(before, after) {
		t.Fatal("the control changed nothing", err)
	}
	var old, fresh, temporary int
	for i := 0; i < 100 || (old == 0 || fresh == 0) && i < 1000; i++ {
		b.write(string(before))
		cmd := exec.Command(b.called, args...)
		cmd.Env, cmd.Dir = b.env, b.dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(within))))
		_ = cmd.Process.Kill() // it may be over
		_ = cmd.Wait()
		switch got, err := os.ReadFile(b.dir + "/config.json"); {
		case err != nil:
			t.Fatal(err)
		case bytes.Equal(got, before):
			old++
			within += within / 20 // the machine may be slower, or quicker, than it was the first time
		case bytes.Equal(got, after):
			fresh++
			within -= within / 20
		default:
			t.Fatalf("neither the old nor the new one: %q", got)
		}
		left, _ := filepath.Glob(b.dir + "/.config.json.seccompd-*")
		temporary += len(left)
	}
	t.Logf("old %d, new %d; files left behind over all %d", old, fresh, temporary)
	if old == 0 || fresh == 0 {
		t.Errorf("not killed on both sides of the rename: old %d, new %d", old, fresh)
	}
	// What a killed one left is gone once it is old enough to be nobody's.
	left, _ := filepath.Glob(b.dir + "/.config.json.seccompd-*")
	stale := b.dir + "/.config.json.seccompd-LEFT"
	if err := os.WriteFile(stale, before[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range append(left, stale) {
		if err := os.Chtimes(f, time.Now().Add(-time.Hour), time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	b.write(string(before))
	if out, err := b.run("create", "--bundle", b.dir, b.id); err != nil {
		t.Fatal(err, out)
	}
	if left, _ := filepath.Glob(b.dir + "/.config.json.seccompd-*"); len(left) != 0 {
		t.Error("left behind:", left)
	}
}
