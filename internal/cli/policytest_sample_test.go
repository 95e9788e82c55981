package cli_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompd/seccompd/internal/cli"
)

// The shipped policies hold what the tests shipped beside them say.
func TestShippedPolicyTests(t *testing.T) {
	files, err := filepath.Glob("../../config/policies/tests/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	var out, said bytes.Buffer
	if code := cli.Main(append([]string{"test", "-o", "json"}, files...), strings.NewReader(""), &out, &said); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, out.String(), said.String())
	}
	var a struct{ Passed, Failed int }
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	if a.Passed < 7*len(files) || a.Failed > 0 {
		t.Errorf("%+v", a)
	}
}
