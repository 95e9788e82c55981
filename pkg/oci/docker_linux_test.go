package oci_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompd/seccompd/pkg/oci"
	"github.com/seccompd/seccompd/pkg/workload"
)

func TestFromDocker(t *testing.T) {
	const sound = `{"StreamConfig":{},"State":{"Pid":0},"ID":"abc","Created":"2026-11-01T12:00:00Z","Config":{"Image":"web:1","Labels":{"tier":"front","Tier":"x"}},"Name":"/web","RestartCount":0}`
	for name, test := range map[string]struct{ text, want string }{
		"sound":             {sound, ""},
		"another container": {strings.Replace(sound, "abc", "abd", 1), "about another container"},
		"half":              {sound[:60], "does not end"},
		"a key twice":       {strings.Replace(sound, `"Name"`, `"Name":"/db","Name"`, 1), "stands twice"},
		"another type":      {strings.Replace(sound, `"web:1"`, `1`, 1), "must be a string"},
		"huge":              {sound + strings.Repeat(" ", 1<<20), "at most"},
	} {
		root := t.TempDir()
		if err := errors.Join(os.MkdirAll(root+"/containers/abc", 0o700), os.WriteFile(root+"/containers/abc/config.v2.json", []byte(test.text), 0o600)); err != nil {
			t.Fatal(err)
		}
		w := &workload.Workload{ID: "abc"}
		err := oci.FromDocker(root, w)
		if test.want != "" {
			if err == nil || !strings.Contains(err.Error(), test.want) || w.Container.State() != workload.StateUnknown || w.Labels.State() != workload.StateUnknown {
				t.Errorf("%s: %v, %+v", name, err, w)
			}
			continue
		}
		labels, _ := w.Labels.Value()
		if err != nil || w.Container.Or("") != "web" || w.Image.Or("") != "web:1" || !cmp.Equal(labels, map[string]string{"tier": "front", "Tier": "x"}) {
			t.Errorf("%v, %+v", err, w)
		}
	}
	if err := oci.FromDocker(t.TempDir(), &workload.Workload{ID: "abc"}); err == nil {
		t.Error("read where nothing is")
	}
}
