package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// build makes the test program of the proof with a fault in it.
func (f fault) build(ctx context.Context, dir string) error {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for _, e := range f.edits {
		path, err := filepath.Abs("../pkg/algebra/" + e.file)
		if err != nil {
			return err
		}
		from := path
		if changed, ok := overlay.Replace[path]; ok {
			from = changed
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if n := strings.Count(string(text), e.old); n != 1 {
			return fmt.Errorf("%s: the text to replace is there %d times, want once: %q", e.file, n, e.old)
		}
		changed := filepath.Join(dir, e.file)
		if err := os.WriteFile(changed, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600); err != nil {
			return err
		}
		overlay.Replace[path] = changed
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	if err := os.WriteFile(dir+"/overlay.json", text, 0o600); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", dir+"/overlay.json", "-o", dir+"/proof.test", "./proof").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the tests: %w: %s", err, out)
	}
	return nil
}
