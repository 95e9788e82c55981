package host

import (
	"os"
	"testing"
)

// TestLookups reads the settings that the runtime door would.
func TestLookups(t *testing.T) {
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
		if got, docker := lookups(test.file, test.other); got != test.want || docker {
			t.Errorf("%s, %s: %v, %v", test.file, test.other, got, docker)
		}
	}
	looks := file(`{"runtime": "/r", "dockerRoot": "/var/lib/docker"}`)
	for other, want := range map[string]bool{none: false, looks: true, silent: false} {
		if containerd, got := lookups(none, other); containerd || got != want {
			t.Errorf("%s: %v, %v", other, containerd, got)
		}
	}
	if _, got := lookups(looks, silent); !got {
		t.Error("it is not looked up in Docker's files")
	}
	with, without := Assume("amd64"), Assume("amd64")
	with.AsksContainerd = true
	docker := Assume("amd64")
	docker.LooksUpDocker = true
	if with.Key() == without.Key() || docker.Key() == without.Key() {
		t.Error("a policy is not checked again where the door begins to ask")
	}
}
