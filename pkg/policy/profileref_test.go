package policy

import (
	"encoding/json"
	"testing"
)

func TestProfileKeys(t *testing.T) {
	names := func(n ...string) []Call { return []Call{{Names: n}} }
	same := [][]ProfileRef{
		{{Type: TypeRuntimeDefault}},
		{{Type: TypeLocalhost, LocalhostProfile: "RuntimeDefault"}},
		{{Type: TypeLocalhost, LocalhostProfile: "a.json"}},
		{{Type: TypeLocalhost, LocalhostProfile: "builtin/a.json"}},
		{
			{Base: TypeRuntimeDefault, Allow: names("a", "b"), Deny: names("c")},
			{Base: TypeRuntimeDefault, Allow: append(names("b"), names("a", "b")...), Deny: names("c")},
		},
		{{Base: TypeRuntimeDefault, Allow: names("c"), Deny: names("a", "b")}},
		{{Base: "a.json", Allow: names("a", "b"), Deny: names("c")}},
		{{Base: TypeRuntimeDefault, Allow: []Call{{Names: []string{"a"}, Args: []Arg{{Op: OpEQ, Value: 1}}}}}},
		{{Base: TypeRuntimeDefault, Allow: names("a")}},
	}
	owner := map[string]int{}
	for i, refs := range same {
		for _, r := range refs {
			if j, ok := owner[r.Key()]; ok && j != i {
				t.Errorf("%+v has the key %q of another profile", r, r.Key())
			}
			owner[r.Key()] = i
		}
	}
	if len(owner) != len(same) {
		t.Errorf("%d keys for %d profiles: %v", len(owner), len(same), owner)
	}
	p := &Policy{Rules: []Rule{{Profile: &same[4][0]}, {Profile: &same[4][1]}, {Profile: &same[2][0]}}}
	if got := p.Profiles(); len(got) != 3 || got[2].Type != TypeRuntimeDefault {
		t.Errorf("%d profiles, want the inline one, the file and the default's", len(got))
	}
}

func TestExceptionSetJSON(t *testing.T) {
	want := ExceptionSet(1<<0 | 1<<5 | 1<<63)
	b, err := json.Marshal(want)
	if err != nil || string(b) != "[0,5,63]" {
		t.Fatalf("%s, %v", b, err)
	}
	var got ExceptionSet
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"[64]", "[-1]", "1", `["a"]`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

// TestTable: every row has a letter for every column, and the newest version of each software is where its column is.
func TestTable(t *testing.T) {
	for _, row := range sights {
		n := 0
		for _, c := range row.letters {
			if c == ' ' {
				continue
			}
			if (c == '-') != columns[n].closed {
				t.Errorf("%s: %q in the column %s", row.field, c, columns[n].title)
			}
			n++
		}
		if n != len(columns) {
			t.Errorf("%s has %d columns of %d", row.field, n, len(columns))
		}
	}
	for _, f := range Fields() {
		if Sees(f, "", Platform{}) != SightNo {
			t.Errorf("%s is seen where nothing is", f)
		}
	}
}
