package config_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/config"
)

// Every profile is in the table of the README, and the other way round.
func TestProfilesAreExplained(t *testing.T) {
	readme, err := config.Profiles.ReadFile("profiles/README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(config.Profiles, "profiles/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no profiles: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "profiles/"), ".json")
		if !strings.Contains(string(readme), "\n| `"+name+"` |") {
			t.Errorf("the README has no line for %s", name)
		}
	}
	if rows := strings.Count(string(readme), "\n| `"); rows != len(files) {
		t.Errorf("the README has %d lines for %d profiles", rows, len(files))
	}
}
