package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"go.yaml.in/yaml/v4"
)

// What looks like another type in YAML stays a string, numbers keep every digit, and nothing drives a terminal.
func TestFormsAgree(t *testing.T) {
	in := map[string]any{
		"words":  []any{"true", "null", "12", "0x10", "~", "", " x", "a: b", "# no", "- x", "y", "2026-01-01"},
		"number": json.Number("18446744073709551615"),
		"evil":   "a\x1b[31m\u202eb\u2028c\U000e0001\nd\x7f\u0085",
		"empty":  []any{}, "none": nil, "ev\u202eil": true,
	}
	var text, yamlText bytes.Buffer
	for form, out := range map[string]*bytes.Buffer{formJSON: &text, formYAML: &yamlText} {
		c := &console{out: out}
		c.form = form
		if err := c.printData(in); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if hidden(r) {
				t.Errorf("%s holds %U:\n%s", form, r, out)
			}
		}
	}
	var a, b any
	if err := json.Unmarshal(text.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(yamlText.Bytes(), &b); err != nil {
		t.Fatalf("%v\n%s", err, yamlText.String())
	}
	again, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var c any
	if err := json.Unmarshal(again, &c); err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(c)
	if !bytes.Equal(x, y) {
		t.Errorf("JSON says %s\nYAML says %s", x, y)
	}
}

func TestTableQuotesCells(t *testing.T) {
	var out bytes.Buffer
	tab := &table{}
	tab.row("a\nb", "c\td")
	tab.line("%s", "e\nf\u202e")
	if err := tab.flush(&out); err != nil {
		t.Fatal(err)
	}
	if want := "a\\nb  c\\td\ne\\nf\\u202e\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
