package lint_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/pkg/lint"
	"github.com/seccompd/seccompd/pkg/profile"
)

// Whatever a profile says, each finding is one line, of a rule that exists, and a second look finds the same.
func FuzzProfile(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, a := range archive.Files {
			f.Add(a.Data)
		}
	}
	known := map[string]bool{"": true}
	for _, r := range lint.Rules() {
		known[r.ID] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := document.ParseJSON("f", data)
		if err != nil {
			return
		}
		p, err := profile.Decode(n)
		if err != nil {
			for _, found := range lint.Errors(err) {
				if !known[found.Rule] || found.Severity != lint.Error {
					t.Errorf("%+v", found)
				}
			}
			return
		}
		s := lint.Subject{Document: n, Written: p, Whole: p}
		first, err := lint.Profile(s, target())
		if err != nil {
			return
		}
		again, err := lint.Profile(s, target())
		if err != nil || len(again) != len(first) {
			t.Fatalf("%d findings, and then %d: %v", len(first), len(again), err)
		}
		for i, found := range first {
			line := found.String()
			if found != again[i] || !known[found.Rule] || found.File != "f" || found.Line == 0 || strings.ContainsAny(line, "\n\r\x1b") {
				t.Errorf("%q, and then %q", line, again[i])
			}
		}
	})
}
