package cli

import (
	"os"
	"strings"
	"testing"
)

// Whatever a file of tests says, it is read, or each error is a line with its place.
func FuzzReadTests(f *testing.F) {
	for _, name := range []string{"testdata/docs/policy-test.yaml", "../../config/policies/tests/restricted.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("{tests: [{name: a, workload: {unknown: [pod], labels: {a: b}}, expect: {refused: no, calls: {socket(1,): LOG}}}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := readTests("f", data)
		if err == nil {
			return
		}
		for _, line := range lines(err) {
			if !strings.HasPrefix(line, "f:") || strings.ContainsAny(line, "\n\x1b") {
				t.Fatalf("not a plain line with its place: %q", line)
			}
		}
	})
}
