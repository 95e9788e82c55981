package document_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompd/seccompd/internal/document"
)

func TestParseJSONPositions(t *testing.T) {
	n, err := document.ParseJSON("p.json", []byte("{\r\n  \"a\": [1, true],\n  \"b\": {\"c\": \"x\\n\"}\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	b := n.Lookup("b")
	for name, got := range map[string]*document.Node{"2:8": n.Lookup("a"), "2:9": n.Lookup("a").Items[0], "2:12": n.Lookup("a").Items[1], "3:8": b, "3:14": b.Lookup("c")} {
		if at := strings.TrimPrefix(document.Errorf(got, "", "x").Error(), "p.json:"); at != name+": x" {
			t.Errorf("want %s, got %s", name, at)
		}
	}
	if f := b.Fields[0]; f.Line != 3 || f.Column != 9 || f.Value.Text != "x\n" {
		t.Errorf("key c: %+v", f)
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":         {"", "f:1:1: the JSON ends too early (is it complete?)"},
		"cut off":       {`{"a": [1,`, "f:1:10: the JSON ends too early (is it complete?)"},
		"cut in a word": {`{"a": tru`, "f:1:10: the JSON ends too early (is it complete?)"},
		"trailing":      {"{}\n{}", "f:2:1: text after the end of the JSON value (remove what follows)"},
		"trailing word": {"{} x", "f:1:4: text after the end of the JSON value (remove what follows)"},
		"trailing stop": {"{},", "f:1:3: text after the end of the JSON value (remove what follows)"},
		"duplicate":     {`{"a":1,"a":2}`, `f:1:8: the key "a" stands twice (keep one of them)`},
		"escaped twin":  {`{"a":1,"\u0061":2}`, `f:1:8: the key "a" stands twice (keep one of them)`},
		"comma":         {"{\"a\":1,}", "f:1:8: not valid JSON: invalid character '}'"},
		"comment":       {"{\n// no\n}", "f:2:1: not valid JSON: invalid character '/'"},
		"not UTF-8":     {"{\"\xff\":1}", "f: the file is not UTF-8 text (save it as UTF-8)"},
		"BOM":           {"\ufeff{}", "f:1:1: the file starts with a byte order mark (save it as UTF-8 without one)"},
		"deep":          {strings.Repeat("[", 100), "f:1:65: nested more than 64 deep"},
		"large":         {strings.Repeat(" ", document.MaxSize+1), "more than the 4194304 that are read"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := document.ParseJSON("f", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v and %v", c.want, err, n)
			}
		})
	}
}

func TestDecoderCollects(t *testing.T) {
	n, err := document.ParseJSON("f", []byte(`{"name": 12, "on": "yes", "size": -1, "kind": "aple", "nmae": 1, "list": {}, "when": "noon", "none": null}`))
	if err != nil {
		t.Fatal(err)
	}
	var d document.Decoder
	o := d.Object(n, "a thing")
	d.String(o.Take("name"), "name")
	d.Bool(o.Take("on"), "on")
	d.Uint(o.Take("size"), "size", 10)
	d.OneOf(o.Take("kind"), "kind", []string{"pear", "apple"})
	d.Strings(o.Take("list"), "list")
	d.Time(o.Take("when"), "when")
	if o.Take("none") != nil || !o.Has("none") {
		t.Error("null is not absent")
	}
	o.Done()
	want := strings.Join([]string{
		`f:1:10: name must be a string, not a number (quote it: "12")`,
		`f:1:20: on must be a boolean, not a string`,
		`f:1:35: size must be a whole number from 0 to 10, not -1`,
		`f:1:47: kind cannot be "aple" (did you mean "apple"?)`,
		`f:1:74: list must be a list, not a map`,
		`f:1:86: when must be a time in RFC 3339, not "noon" (as in 2026-12-01T00:00:00Z)`,
		`f:1:55: a thing has no field "nmae" (did you mean "name"?)`,
	}, "\n")
	if diff := cmp.Diff(want, d.Err().Error()); diff != "" {
		t.Error(diff)
	}
}

func TestDecoderAcceptsAbsent(t *testing.T) {
	var d document.Decoder
	o := d.Object(nil, "a thing")
	d.String(o.Take("x"), "x")
	d.Uint(o.Take("x"), "x", 1)
	d.OneOf(o.Take("x"), "x", nil)
	d.Time(o.Take("x"), "x")
	d.Strings(o.Take("x"), "x")
	d.Bool(o.Take("x"), "x")
	o.Done()
	if err := d.Err(); err != nil {
		t.Error(err)
	}
}

func TestClosest(t *testing.T) {
	words := []string{"defaultAction", "SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "openat", "openat2", "read"}
	for word, want := range map[string]string{
		"DefaultAction": "defaultAction", "SCMP_ACT_ERNO": "SCMP_ACT_ERRNO", "opneat": "openat", "raed": "read",
		"zz": "", "completelyelse": "", "": "", "READ": "read",
	} {
		if got := document.Closest(word, words); got != want {
			t.Errorf("Closest(%q) = %q, want %q", word, got, want)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}],"c":"\u0000"}`, "[1.5e3]", `{"a":1,"a":2}`, "", "nul", "{\"a\":"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := document.ParseJSON("f", data)
		if (n == nil) == (err == nil) {
			t.Fatalf("got %v and %v", n, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Fatalf("not one plain line: %q", err)
		}
	})
}
