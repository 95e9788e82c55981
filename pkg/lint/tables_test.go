package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/syscalls"
)

// The tables name calls that exist.
func TestTables(t *testing.T) {
	if len(waysRound()) < 40 {
		t.Fatalf("%d ways round", len(waysRound()))
	}
	for _, w := range waysRound() {
		for _, name := range append([]string{w.by}, w.denied...) {
			if !syscalls.Known(name) {
				t.Errorf("%q is no system call", name)
			}
		}
	}
	for _, name := range replaced {
		if !syscalls.ExpectsENOSYS(name) {
			t.Errorf("%s has no fallback in pkg/syscalls", name)
		}
	}
}

// What tells the rule of a policy's finding is what the check of policies says.
func TestWordsOfPolicies(t *testing.T) {
	var source strings.Builder
	for _, dir := range []string{"policy", "enforce", "snapshot/build", "pack"} {
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	for _, o := range ofPolicy {
		says := strings.ReplaceAll(strings.TrimSpace(o.says), `"`, "")
		if !strings.Contains(source.String(), says) {
			t.Errorf("no finding says %q any more", o.says)
		}
	}
}
