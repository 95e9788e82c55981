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

// overlay writes the files that a fault changes to a directory, and returns their paths there by those of the originals.
func (f fault) overlay(dir string) (map[string]string, error) {
	replace := map[string]string{}
	for _, e := range f.edits {
		path, err := filepath.Abs("../pkg/algebra/" + e.file)
		if err != nil {
			return nil, err
		}
		from := path
		if changed, ok := replace[path]; ok {
			from = changed
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		if n := strings.Count(string(text), e.old); n != 1 {
			return nil, fmt.Errorf("%s: the text to replace is there %d times, want once: %q", e.file, n, e.old)
		}
		changed := filepath.Join(dir, e.file)
		if err := os.WriteFile(changed, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600); err != nil {
			return nil, err
		}
		replace[path] = changed
	}
	return replace, nil
}

// build makes the test program of the proof with a fault in it.
func (f fault) build(ctx context.Context, dir string) error {
	replace, err := f.overlay(dir)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
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
