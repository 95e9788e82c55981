package host

import (
	"os"
	"testing"
)

// TestAsksContainerd reads the settings that the runtime door would.
func TestAsksContainerd(t *testing.T) {
	file := func(text string) string {
		name := t.TempDir() + "/runtime.json"
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	asks, silent, none := file(`{"runtime": "/r", "containerdLookup": "500ms"}`), file(`{"runtime": "/r"}`), t.TempDir()+"/none"
	allowing := file(`{"runtime": "/r", "containerdLookup": "500ms", "allowEnvironment": true}`)
	for _, test := range []struct {
		file, other string
		want        bool
	}{
		{asks, "", true}, {silent, "", false}, {none, "", false}, {file("{"), "", false},
		{none, asks, true}, {silent, asks, false}, {asks, silent, true}, {allowing, silent, false}, {allowing, "", true}, {none, none, false},
	} {
		if got := asksContainerd(test.file, test.other); got != test.want {
			t.Errorf("%s, %s: %v", test.file, test.other, got)
		}
	}
	with, without := Assume("amd64"), Assume("amd64")
	with.AsksContainerd = true
	if with.Key() == without.Key() {
		t.Error("a policy is not checked again where the door begins to ask")
	}
}
