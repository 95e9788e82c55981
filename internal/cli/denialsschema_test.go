package cli

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seccompd/seccompd/pkg/denial"
)

// schema is the part of JSON Schema that docs/schemas uses for objects.
type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	AnyOf      []schema          `json:"anyOf"`
	Defs       map[string]schema `json:"$defs"`
}

// TestSchemas holds the fields of the answers to those of their schemas, one by one.
func TestSchemas(t *testing.T) {
	root := readSchema(t, "denials")
	root.match(t, root, reflect.TypeFor[denialsAnswer](), "")
	root.match(t, root.Defs["trace"], reflect.TypeFor[traceAnswer](), "trace")
	root.match(t, root.Defs["denial"], reflect.TypeFor[denial.Denial](), "denial")
	report := readSchema(t, "report")
	report.Defs = root.Defs
	report.match(t, report, reflect.TypeFor[reportAnswer](), "")
}

func readSchema(t *testing.T, name string) (root schema) {
	t.Helper()
	text, err := os.ReadFile("../../docs/schemas/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

func (root schema) match(t *testing.T, s schema, typ reflect.Type, at string) {
	t.Helper()
	for s.Ref != "" || len(s.AnyOf) > 0 {
		if len(s.AnyOf) > 0 {
			s = s.AnyOf[0]
		}
		if s.Ref != "" {
			s = root.Defs[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
		}
	}
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case typ.Kind() == reflect.Slice || typ.Kind() == reflect.Array:
		if s.Items == nil {
			t.Errorf("%s is a list, which the schema does not say", at)
			return
		}
		root.match(t, *s.Items, typ.Elem(), at+"[]")
	case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[time.Time]():
		fields := map[string]reflect.StructField{}
		for _, f := range reflect.VisibleFields(typ) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.IsExported() && name != "" {
				fields[name] = f
			}
		}
		for name, f := range fields {
			p, ok := s.Properties[name]
			if !ok {
				t.Errorf("the schema does not have %s.%s", at, name)
				continue
			}
			root.match(t, p, f.Type, at+"."+name)
			if optional := strings.Contains(f.Tag.Get("json"), ",omit"); len(s.Required) > 0 && optional == slices.Contains(s.Required, name) {
				t.Errorf("%s.%s: the schema is wrong on whether it may be absent", at, name)
			}
		}
		for name := range s.Properties {
			if _, ok := fields[name]; !ok {
				t.Errorf("the answer has no %s.%s", at, name)
			}
		}
	}
}
