package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/seccompd/seccompd/internal/cli"
)

// schemaDir names the variable with the directory of the schemas, for seccompctl in a script.
const schemaDir = "SECCOMPD_TEST_SCHEMAS"

// undescribed is the exit code of an answer that is not as its schema says.
const undescribed = 97

// schemas returns the directory of the schemas.
func schemas(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../docs/schemas")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// described runs seccompctl, and holds what it writes as JSON to the verb's schema.
func described(args []string) int {
	dir := os.Getenv(schemaDir)
	if dir == "" || !inJSON(args) {
		return cli.Main(args, os.Stdin, os.Stdout, os.Stderr)
	}
	var out bytes.Buffer
	code := cli.Main(args, os.Stdin, io.MultiWriter(os.Stdout, &out), os.Stderr)
	if err := holds(dir, args[0], &out); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", args[0], err)
		return undescribed
	}
	return code
}

// inJSON reports whether what is answered is a verb's answer in JSON, and not denials as they come.
func inJSON(args []string) bool {
	i := slices.IndexFunc(args, func(a string) bool { return a == "-o" || a == "--output" })
	return i >= 0 && i+1 < len(args) && args[i+1] == "json" && !slices.Contains(args, "--follow") && !slices.Contains(args, "--trace")
}

// holds reports what is wrong with the answers of a verb. A verb without a schema has nothing to be held to.
func holds(dir, verb string, answers io.Reader) error {
	s, err := readSchema(dir, verb+".json")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := s.Resolve(&jsonschema.ResolveOptions{BaseURI: "file://" + dir + "/" + verb + ".json", Loader: func(u *url.URL) (*jsonschema.Schema, error) {
		return readSchema(dir, filepath.Base(u.Path))
	}})
	if err != nil {
		return fmt.Errorf("the schema: %w", err)
	}
	for in := json.NewDecoder(answers); ; {
		var answer any
		if err := in.Decode(&answer); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := r.Validate(answer); err != nil {
			return fmt.Errorf("the answer is not as its schema says: %w", err)
		}
	}
}

func readSchema(dir, name string) (*jsonschema.Schema, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	var s jsonschema.Schema
	return &s, json.Unmarshal(text, &s)
}

// TestSchemasRefuse holds answers to schemas that they are not of: what holds answers must not hold everything.
func TestSchemasRefuse(t *testing.T) {
	dir := schemas(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) < 15 {
		t.Fatalf("%d schemas, %v", len(files), err)
	}
	for _, file := range files {
		verb := strings.TrimSuffix(filepath.Base(file), ".json")
		for _, answer := range []string{`{}`, `{"noSuchField": 1}`, `[]`} {
			if err := holds(dir, verb, strings.NewReader(answer)); err == nil && !(verb == "lint" && answer == "{}") {
				t.Errorf("%s takes %s", verb, answer)
			}
		}
	}
}
