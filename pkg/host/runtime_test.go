package host_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompd/seccompd/pkg/host"
)

// The files of testdata are what the real programs printed: runc 1.5.2 built with libseccomp 2.5.4, and Debian 12's runc
// and crun.
func parse(t *testing.T, name string) host.Runtime {
	t.Helper()
	version, err := os.ReadFile("testdata/" + name + ".version")
	if err != nil {
		t.Fatal(err)
	}
	feats, err := os.ReadFile("testdata/" + name + ".features.json")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	r, err := host.ParseRuntime(version, feats)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParseRuntime(t *testing.T) {
	for _, c := range []struct {
		file  string
		want  host.Runtime // without what features lists
		lists []int        // actions, operators, arches
	}{
		{"runc-1.5.2", host.Runtime{
			Name: "runc", Version: "1.5.2", Seccomp: true, Libseccomp: "2.5.4", FlagsKnown: true,
			Flags: []specs.LinuxSeccompFlag{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG"},
		}, []int{9, 7, 18}},
		{"runc-1.1.5", host.Runtime{
			Name: "runc", Version: "1.1.5+ds1", Seccomp: true, Libseccomp: "2.5.4", FlagsKnown: true,
		}, []int{9, 7, 16}},
		{"crun-1.8.1", host.Runtime{
			Name: "crun", Version: "1.8.1", Seccomp: true, FlagsKnown: true,
			Flags: []specs.LinuxSeccompFlag{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG"},
		}, []int{0, 0, 0}},
	} {
		got := parse(t, c.file)
		if lists := []int{len(got.Actions), len(got.Operators), len(got.Arches)}; !reflect.DeepEqual(lists, c.lists) {
			t.Errorf("%s: %v actions, operators, arches, want %v", c.file, lists, c.lists)
		}
		got.Actions, got.Operators, got.Arches = nil, nil, nil
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.file, got, c.want)
		}
	}
}

func TestParseRuntimeByHand(t *testing.T) {
	for _, c := range []struct {
		version, features string
		want              host.Runtime
		err               string
	}{
		{version: "runc version 1.0.3\nspec: 1.0.2-dev\n", want: host.Runtime{Name: "runc", Version: "1.0.3", FlagsKnown: true}},
		{version: "crun version 0.17\n+SYSTEMD +CAP\n", want: host.Runtime{Name: "crun", Version: "0.17"}},
		{
			version: "runc version 1.2.0\n", features: `{"linux":{"seccomp":{"enabled":false}}}`,
			want: host.Runtime{Name: "runc", Version: "1.2.0", FlagsKnown: true},
		},
		{
			version: "crun version 1.20\n", features: `{"linux":{"seccomp":{"enabled":true,"supportedFlags":[]}},"annotations":{"io.github.seccomp.libseccomp.version":"2.6.0"}}`,
			want: host.Runtime{Name: "crun", Version: "1.20", Seccomp: true, Libseccomp: "2.6.0", Flags: []specs.LinuxSeccompFlag{}, FlagsKnown: true},
		},
		{version: "", err: "NAME version NUMBER"},
		{version: "bash: no such thing\n", err: "NAME version NUMBER"},
		{version: "runc version 1.2.0\n", features: "no JSON", err: "parse features of runc"},
	} {
		got, err := host.ParseRuntime([]byte(c.version), []byte(c.features))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: error %v, want %q", c.version, err, c.err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %+v, %v\nwant %+v", c.version, got, err, c.want)
		}
	}
}
