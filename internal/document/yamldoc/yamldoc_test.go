package yamldoc_test

import (
	"strings"
	"testing"

	"github.com/seccompd/seccompd/internal/document"
	"github.com/seccompd/seccompd/internal/document/yamldoc"
)

func TestParsePositions(t *testing.T) {
	n, err := yamldoc.Parse("p.yaml", []byte("a: [1, true]\r\nb:\r\n  c: 'x'\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := n.Lookup("b").Lookup("c")
	if c.Line != 3 || c.Column != 6 || c.Text != "x" || c.Kind != document.String {
		t.Errorf("c: %+v", c)
	}
	if one := n.Lookup("a").Items[0]; one.Kind != document.Number || one.Column != 5 {
		t.Errorf("1: %+v", one)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":     {"", "f:1:1: the file is empty"},
		"comment":   {"# nothing\n", "f:1:1: the file is empty"},
		"two":       {"a: 1\n---\nb: 2\n", "f:3:1: a second YAML document starts here"},
		"duplicate": {"a: 1\na: 2\n", `f:2:1: the key "a" stands twice`},
		"anchor":    {"a: &x 1\n", "f:1:4: YAML anchors and aliases are not accepted"},
		"alias":     {"a: &x {b: 1}\nc: *x\n", "anchors and aliases are not accepted"},
		"merge":     {"a: {<<: {b: 1}}\n", "f:1:5: a key must be a plain string"},
		"list key":  {"? [a]\n: 1\n", "f:1:3: a key must be a plain string"},
		"tag":       {"a: !!binary aGk=\n", "YAML tag !!binary is not accepted"},
		"tab":       {"a:\n\tb: 1\n", "f:2:"},
		"indent":    {"a:\n  b: 1\n c: 2\n", "not valid YAML"},
		"escape":    {"a: 1\nbé: x\x1b[31m\n", "f:2:6: not valid YAML: a control character (U+001B) stands here"},
		"deep":      {strings.Repeat("[", 200), "f:"},
		"deeper":    {strings.Repeat("[", 70) + strings.Repeat("]", 70), "nested more than 64 deep"},
		"BOM":       {"\ufeffa: 1\n", "f:1:1: the file starts with a byte order mark"},
		"not UTF-8": {"a: \xff\n", "f: the file is not UTF-8 text"},
		"large":     {strings.Repeat(" ", document.MaxSize+1), "more than the 4194304 that are read"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := yamldoc.Parse("f", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("want %q, got %v and %v", c.want, err, n)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %q", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: [1, {b: c}]", "a: &x 1\nb: *x", "--- a\n--- b", "? [x]\n: y", "a: !!int '1'", "{a: 1}", "a: |\n  x\n", "\t", "a: yes"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := yamldoc.Parse("f", data)
		if (n == nil) == (err == nil) {
			t.Fatalf("got %v and %v", n, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Fatalf("not one plain line: %q", err)
		}
	})
}
