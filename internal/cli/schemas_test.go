package cli

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/seccompd/seccompd/pkg/policy"
	"github.com/seccompd/seccompd/pkg/workload"
)

// schemaAnswers are those of each verb whose schema is made from its answer. The others are written by hand, and TestSchemas holds
// them to the answers.
var schemaAnswers = map[string][]reflect.Type{
	"apply":    {reflect.TypeFor[applyAnswer]()},
	"block":    {reflect.TypeFor[blockAnswer]()},
	"check":    {reflect.TypeFor[checkAnswer]()},
	"compare":  {reflect.TypeFor[compareAnswer]()},
	"doctor":   {reflect.TypeFor[doctorAnswer]()},
	"enforce":  {reflect.TypeFor[enforceAnswer]()},
	"explain":  {reflect.TypeFor[explainAnswer]()},
	"join":     {reflect.TypeFor[combineAnswer]()},
	"lint":     {reflect.TypeFor[lintAnswer]()},
	"meet":     {reflect.TypeFor[combineAnswer]()},
	"rollback": {reflect.TypeFor[rollbackAnswer]()},
	"show":     {reflect.TypeFor[showAnswer](), reflect.TypeFor[programsAnswer](), reflect.TypeFor[heldAnswer]()},
	"simulate": {reflect.TypeFor[simulateAnswer]()},
	"status":   {reflect.TypeFor[statusAnswer]()},
	"test":     {reflect.TypeFor[testAnswer]()},
	"try":      {reflect.TypeFor[tryTraceAnswer]()},
	"version":  {reflect.TypeFor[versionAnswer]()},
}

// schemaForms are the types that write themselves.
func schemaForms(t *testing.T) *jsonschema.ForOptions {
	names := &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}}
	o := &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[policy.Truth]():            {Type: "string"},
		reflect.TypeFor[policy.Position]():         {Type: "string"},
		reflect.TypeFor[policy.ExceptionSet]():     {Types: []string{"null", "array"}, Items: &jsonschema.Schema{Type: "integer"}},
		reflect.TypeFor[workload.Requests]():       names,
		reflect.TypeFor[workload.Kinds]():          names,
		reflect.TypeFor[workload.HostNamespaces](): names,
		reflect.TypeFor[workload.Capabilities]():   names,
	}}
	attr[string](t, o)
	attr[bool](t, o)
	attr[map[string]string](t, o)
	attr[workload.Capabilities](t, o)
	attr[workload.HostNamespaces](t, o)
	attr[workload.Engine](t, o)
	attr[uint32](t, o)
	return o
}

// attr adds what an attribute of a workload may be: null where it is not known.
func attr[T any](t *testing.T, o *jsonschema.ForOptions) {
	t.Helper()
	value, err := jsonschema.For[T](o)
	if err != nil {
		t.Fatal(err)
	}
	if reflect.TypeFor[T]().Kind() == reflect.Map {
		value.Type, value.Types = "", []string{"null", value.Type} // none at all
	}
	o.TypeSchemas[reflect.TypeFor[workload.Attr[T]]()] = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "null"},
		{Const: jsonschema.Ptr[any]("absent")},
		{Type: "object", Required: []string{"value"}, Properties: map[string]*jsonschema.Schema{"value": value}},
	}}
}

// TestSchemasAreThoseOfAnswers makes the schemas again.
func TestSchemasAreThoseOfAnswers(t *testing.T) {
	o := schemaForms(t)
	for verb, types := range schemaAnswers {
		var all []*jsonschema.Schema
		for _, typ := range types {
			s, err := jsonschema.ForType(typ, o)
			if err != nil {
				t.Fatalf("%s: %v", verb, err)
			}
			all = append(all, s)
		}
		root := all[0]
		if len(all) > 1 {
			root = &jsonschema.Schema{AnyOf: all}
		}
		root.Schema, root.Title = "https://json-schema.org/draft/2020-12/schema", "seccompctl "+verb+" -o json"
		text, err := json.MarshalIndent(root, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("../../docs/schemas", verb+".json")
		if flag.Lookup("update").Value.String() == "true" {
			if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		had, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(had, append(text, '\n')) {
			t.Errorf("%s is not what %s answers: run the test with -update", file, verb)
		}
	}
}

// TestEveryVerbHasASchema looks at the verbs that a person sees, but for the one that prints scripts for shells.
func TestEveryVerbHasASchema(t *testing.T) {
	verbs := 0
	for _, cmd := range newRoot(&console{}).Commands() {
		if cmd.Hidden || cmd.Name() == "completion" || cmd.Name() == "help" {
			continue
		}
		verbs++
		if _, err := os.Stat(filepath.Join("../../docs/schemas", cmd.Name()+".json")); err != nil {
			t.Errorf("what %s answers with -o json is not described: %v", cmd.Name(), err)
		}
	}
	if verbs < 20 {
		t.Errorf("%d verbs", verbs)
	}
}
