package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/audit"
)

// watched is what a watch wrote until now.
type watched struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}

// watching watches a node until the test ends, and returns what waits for words to be written.
func watching(t *testing.T, c *console) (out *watched, wait func(words string)) {
	t.Helper()
	out = &watched{}
	c.out = out
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.watch(ctx, 10*time.Millisecond) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("interrupted: %v", err)
		}
	})
	return out, func(words string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !strings.Contains(out.String(), words); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("no %q in\n%s", words, out)
			}
		}
	}
}

// TestWatchSaysChanges goes through what can happen to a daemon meanwhile.
func TestWatchSaysChanges(t *testing.T) {
	var well audit.Status
	c := node(t, func(s *audit.Status) { well = *s })
	file := audit.StatusFile(c.runDir)
	place := func(text []byte) { // at once, as the daemon does
		t.Helper()
		if err := os.WriteFile(file+".new", text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	put := func(s audit.Status) {
		t.Helper()
		text, err := s.JSON()
		if err != nil {
			t.Fatal(err)
		}
		place(text)
	}
	out, wait := watching(t, c)
	wait("refused       2026-11-20T12:00:00Z x-1")
	more := well
	more.Containers = map[audit.Result]uint64{audit.ResultInstalled: 400}
	more.Source.Error = "policy.yaml:1:1: \x1b[31m"
	put(more)
	wait("problem       the daemon cannot apply")
	put(well)
	wait("problem       no more: the daemon cannot apply")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	wait("daemon        not running")
	place([]byte("{"))
	wait("the status cannot be read any more")
	put(well)
	wait("no more: the status cannot be read any more")
	text := out.String()
	if n := strings.Count(text, "x-1"); n > 3 {
		t.Errorf("the refusal is written %d times:\n%s", n, text)
	}
	if strings.Contains(text, "400") || strings.ContainsRune(text, '\x1b') {
		t.Errorf("counts, or a raw escape, in\n%s", text)
	}
}

// TestWatchInJSON writes an answer in a line, and nothing where nothing changed.
func TestWatchInJSON(t *testing.T) {
	c := node(t, func(*audit.Status) {})
	c.form = formJSON
	out, wait := watching(t, c)
	wait("\n")
	time.Sleep(100 * time.Millisecond)
	if err := os.Remove(audit.StatusFile(c.runDir)); err != nil {
		t.Fatal(err)
	}
	wait(`"running":false`)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Errorf("%d lines:\n%s", len(lines), out)
	}
	for _, line := range lines {
		var a statusAnswer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Errorf("%v in %s", err, line)
		}
	}
}

// TestWatchRepaints paints one answer over another, with nothing of the first left.
func TestWatchRepaints(t *testing.T) {
	c := node(t, func(s *audit.Status) { s.Refusals[0].Message = "\x1b[2J" })
	var out bytes.Buffer
	c.out = &out
	a, err := c.status()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.paint(a, nil, nil); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if !strings.HasPrefix(text, paintStart) || !strings.HasSuffix(text, paintLine+"\n"+paintEnd) || strings.Count(text, paintLine) != strings.Count(text, "\n") {
		t.Errorf("painted %q", text)
	}
	if strings.Contains(text, "\x1b[2J") {
		t.Errorf("a raw escape of a workload in %q", text)
	}
}
